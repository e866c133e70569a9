/// Rows and columns that a JPEG or JPEG-LS codestream declares for itself (ISO/IEC 10918-1 B.2.2):
/// a decoder would allocate by them, whatever the header says.
enum CodestreamSize {
  /// Nil when the frame header is not within `head`.
  static func jpeg(_ head: ArraySlice<UInt8>) -> (rows: Int, columns: Int)? {
    var index = head.startIndex + 2
    while index + 9 <= head.endIndex {
      guard head[index] == 0xFF else { return nil }
      let marker = head[index + 1]
      if marker == 0xFF {
        index += 1
        continue
      }
      let isFrame =
        (0xC0...0xCF).contains(marker) && ![0xC4, 0xC8, 0xCC].contains(marker) || marker == 0xF7
      if isFrame {
        return (word(head, index + 5), word(head, index + 7))
      }
      index += 2 + word(head, index + 2)
    }
    return nil
  }

  private static func word(_ bytes: ArraySlice<UInt8>, _ index: Int) -> Int {
    Int(bytes[index]) << 8 | Int(bytes[index + 1])
  }
}
