import Imaging

/// One CT frame in Hounsfield units. Padding becomes air, -1024.
struct HounsfieldFrame {
  private let image: OpenImage
  private let frame: Int
  private let modality: ModalityTransform
  private let padding: Padding

  /// - Throws: `unsupportedPixelFormat` for colour and for 32-bit unsigned values, and the errors of
  ///   the modality transform.
  init(_ image: OpenImage, frame: Int) throws(DICOMError) {
    try GrayscaleFrame.check(image.pixels)
    self.image = image
    self.frame = frame
    modality = try ModalityTransform(
      image.header, FunctionalGroups(image.header), image.pixels, frame: frame)
    padding = Padding(image.header, image.pixels)
  }

  /// A picture of its own.
  func picture() throws -> Image {
    let count = image.pixels.rows * image.pixels.columns
    let values = try [Float](unsafeUninitializedCapacity: count) { target, used in
      _ = try write(to: target)
      used = count
    }
    return Image(width: image.pixels.columns, height: image.pixels.rows, pixels: values)
  }

  /// Fills memory for rows x columns values, without an array of the stored ones in between where
  /// they lie uncompressed. Returns how many were padding.
  /// - Throws: the errors of decoding.
  func write(to target: UnsafeMutableBufferPointer<Float>) throws(DICOMError) -> Int {
    precondition(target.count == image.pixels.rows * image.pixels.columns)
    var padded = 0
    try image.forEachPiece(of: frame) { stored, first in
      let part = UnsafeMutableBufferPointer(rebasing: target[first..<first + stored.count])
      transform(stored, to: part)
      if !padding.isEmpty { padded += pad(stored, in: part) }
    }
    return padded
  }

  private func transform(
    _ stored: UnsafeBufferPointer<Int32>, to target: UnsafeMutableBufferPointer<Float>
  ) {
    switch modality {
    case .rescale(let slope, let intercept):
      for index in stored.indices {
        target[index] = Float(Double(stored[index]) * slope + intercept)
      }
    case .table:
      for index in stored.indices { target[index] = Float(modality(Int(stored[index]))) }
    }
  }

  private func pad(
    _ stored: UnsafeBufferPointer<Int32>, in target: UnsafeMutableBufferPointer<Float>
  ) -> Int {
    var count = 0
    for index in stored.indices where padding.contains(stored[index]) {
      target[index] = -1024
      count += 1
    }
    return count
  }
}
