/// A single-channel picture: `pixels[row * width + column]`, 32-bit floats, row-major.
///
/// The unit is the producer's: Hounsfield units for CT slices; density in `0...1` (1 is the most
/// attenuating, shown bright) for radiographs; probability or relative activation for maps.
package struct Image: Sendable, Equatable {
  package let width: Int
  package let height: Int
  package var pixels: [Float]

  /// Traps when `pixels` does not hold `width * height` values: sizes are ours, not the data's.
  package init(width: Int, height: Int, pixels: [Float]) {
    precondition(width > 0 && height > 0 && pixels.count == width * height)
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  package init(width: Int, height: Int, filling value: Float = 0) {
    self.init(width: width, height: height, pixels: Array(repeating: value, count: width * height))
  }

  package subscript(row: Int, column: Int) -> Float {
    get { pixels[row * width + column] }
    set { pixels[row * width + column] = newValue }
  }
}
