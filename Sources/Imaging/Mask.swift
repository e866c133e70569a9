/// A binary picture: `bits[row * width + column]` is 0 or 1, row-major.
package struct Mask: Sendable, Equatable {
  package let width: Int
  package let height: Int
  package var bits: [UInt8]

  package init(width: Int, height: Int, bits: [UInt8]) {
    precondition(width > 0 && height > 0 && bits.count == width * height)
    self.width = width
    self.height = height
    self.bits = bits
  }

  package init(width: Int, height: Int) {
    self.init(width: width, height: height, bits: Array(repeating: 0, count: width * height))
  }

  /// One where `image` is at least `threshold`.
  package init(_ image: Image, atLeast threshold: Float) {
    self.init(
      width: image.width, height: image.height, bits: image.pixels.map { $0 >= threshold ? 1 : 0 })
  }

  package subscript(row: Int, column: Int) -> Bool {
    get { bits[row * width + column] != 0 }
    set { bits[row * width + column] = newValue ? 1 : 0 }
  }

  /// Number of set pixels.
  package var count: Int { bits.reduce(into: 0) { $0 += Int($1) } }
  package var isEmpty: Bool { !bits.contains { $0 != 0 } }
}
