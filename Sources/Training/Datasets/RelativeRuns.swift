import Imaging

/// The run lengths of the SIIM-ACR list: pairs (offset, length) over the column-major flattening,
/// each offset counted from the end of the run before (methods C.1). Not the absolute form, based
/// on 1, of other competitions.
package struct RelativeRuns: Sendable, Hashable {
  /// Offset and length in turns, each at least 0.
  package let pairs: [Int]
  /// One past the last pixel of the last run, in column-major order.
  package let end: Int

  static let none = RelativeRuns()

  private init() { (pairs, end) = ([], 0) }

  /// nil for what is no list of pairs of whole numbers, or leaves every picture. `-1` and an empty
  /// text are no runs.
  package init?(_ text: String) {
    if text == "-1" || text.isEmpty {
      self = .none
      return
    }
    var values: [Int] = []
    var sum = 0
    for part in text.utf8.split(separator: UInt8(ascii: " ")) {
      guard part.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
        let value = Int(String(decoding: part, as: UTF8.self)), value <= PNG.pixelLimit
      else { return nil }
      sum += value
      guard sum <= PNG.pixelLimit else { return nil }
      values.append(value)
    }
    guard values.count % 2 == 0, !values.isEmpty else { return nil }
    (pairs, end) = (values, sum)
  }

  /// The runs of a mask; of an empty one none, written `-1`.
  package init(_ mask: Mask) {
    var values: [Int] = []
    var position = 0
    var start: Int?
    let height = mask.height
    for index in 0...mask.bits.count {
      let isSet = index < mask.bits.count && mask[index % height, index / height]
      if isSet, start == nil { start = index }
      if !isSet, let first = start {
        values += [first - position, index - first]
        position = index
        start = nil
      }
    }
    (pairs, end) = (values, position)
  }

  package var text: String { pairs.isEmpty ? "-1" : pairs.map(String.init).joined(separator: " ") }

  /// Sets the pixels of the runs. Traps unless `end` is within the mask: who reads a list checks.
  package func paint(on mask: inout Mask) {
    precondition(end <= mask.bits.count)
    var position = 0
    for pair in stride(from: 0, to: pairs.count, by: 2) {
      position += pairs[pair]
      for index in position..<position + pairs[pair + 1] {
        mask[index % mask.height, index / mask.height] = true
      }
      position += pairs[pair + 1]
    }
  }
}
