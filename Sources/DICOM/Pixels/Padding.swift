/// Stored values that stand for no measurement (PS3.3 C.7.5.1.1.2).
struct Padding {
  private let range: ClosedRange<Int>?

  init(_ header: DataSet, _ pixels: PixelDescription) {
    func value(_ tag: Tag) -> Int? {
      guard let raw = header.integer(tag) else { return nil }
      // In implicit encoding the sign is lost: it follows Pixel Representation.
      if pixels.isSigned && raw > Int(Int16.max) && pixels.bitsAllocated == 16 {
        return raw - 65536
      }
      return !pixels.isSigned && raw < 0 ? raw + 65536 : raw
    }
    guard let first = value(.pixelPaddingValue) else {
      range = nil
      return
    }
    let limit = value(.pixelPaddingRangeLimit) ?? first
    range = min(first, limit)...max(first, limit)
  }

  var isEmpty: Bool { range == nil }

  func contains(_ stored: Int32) -> Bool { range?.contains(Int(stored)) ?? false }
}
