import Imaging

/// One single-channel frame on its way from stored values to a picture.
struct GrayscaleFrame {
  private let stored: StoredFrame
  private let pixels: PixelDescription
  private let modality: ModalityTransform
  private let window: WindowTransform?
  private let padding: Padding

  /// - Throws: `unsupportedPixelFormat` for colour and for 32-bit unsigned values, and the errors of
  ///   decoding.
  init(_ image: OpenImage, frame: Int) throws(DICOMError) {
    pixels = image.pixels
    try Self.check(pixels)
    stored = try image.frame(frame)
    let groups = FunctionalGroups(image.header)
    modality = try ModalityTransform(image.header, groups, pixels, frame: frame)
    window = WindowTransform(
      image.header, groups, isSigned: pixels.isSigned, frame: frame)
    padding = Padding(image.header, pixels)
  }

  /// - Throws: `unsupportedPixelFormat` for colour and for 32-bit unsigned values.
  static func check(_ pixels: PixelDescription) throws(DICOMError) {
    guard pixels.isMonochrome else {
      throw DICOMError(.unsupportedPixelFormat, at: .attribute(.photometricInterpretation))
    }
    guard pixels.bitsStored <= (pixels.isSigned ? 32 : 31) else {
      throw DICOMError(.unsupportedPixelFormat, at: .attribute(.bitsStored))
    }
  }

  private var isInverted: Bool { pixels.photometricInterpretation == "MONOCHROME1" }

  /// Applies `transform` to every stored value, by a table where that is shorter.
  private func mapped(_ transform: (Int) -> Float) -> Image {
    let range = pixels.storedRange
    guard range.count <= 1 << 16, range.count < stored.values.count else {
      return image(stored.values.map { transform(Int($0)) })
    }
    let table = range.map(transform)
    let first = range.lowerBound
    // A JPEG 2000 codestream may hold values outside Bits Stored.
    return image(
      stored.values.map { value in
        let index = Int(value) - first
        return index >= 0 && index < table.count ? table[index] : transform(Int(value))
      })
  }

  private func image(_ values: [Float]) -> Image {
    Image(width: pixels.columns, height: pixels.rows, pixels: values)
  }

  /// By the possible range, so that two films of one detector keep their relation.
  func density() -> Image {
    let range = modality.range(of: pixels.storedRange)
    let span = range.upperBound - range.lowerBound
    let scale = span > 0 ? 1 / span : 0
    return mapped { value in
      if padding.contains(Int32(value)) { return 0 }
      let share = min(max((modality(value) - range.lowerBound) * scale, 0), 1)
      return Float(isInverted ? 1 - share : share)
    }
  }

  /// Without a VOI transform the window is the range that occurs.
  func windowed() -> Image {
    let transform = window ?? occurringRange()
    return mapped { value in
      if padding.contains(Int32(value)) { return 0 }
      let shown = transform(modality(value))
      return Float(isInverted ? 1 - shown : shown)
    }
  }

  private func occurringRange() -> WindowTransform {
    var low = Int32.max
    var high = Int32.min
    for value in stored.values where !padding.contains(value) {
      low = min(low, value)
      high = max(high, value)
    }
    guard low < high else { return .linearExact(center: modality(Int(high)), width: 1) }
    let (a, b) = (modality(Int(low)), modality(Int(high)))
    return .linearExact(center: (a + b) / 2, width: max(abs(a - b), .ulpOfOne))
  }
}
