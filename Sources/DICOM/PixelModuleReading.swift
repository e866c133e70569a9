/// Reads and checks the image pixel module against the bytes that the file really has.
struct PixelModuleReading {
  let dataSet: DataSet
  let limits: Limits

  /// - Throws: `missingAttribute`, `invalidAttribute`.
  func description() throws(DICOMError) -> PixelDescription {
    let rows = try required(.rows, 1...65535)
    let columns = try required(.columns, 1...65535)
    let allocated = try required(.bitsAllocated, 1...64)
    guard [1, 8, 16, 32, 64].contains(allocated) else { throw invalid(.bitsAllocated) }
    let stored = try optional(.bitsStored, 1...allocated) ?? allocated
    let highBit = try optional(.highBit, (stored - 1)...(allocated - 1)) ?? stored - 1
    let samples = try optional(.samplesPerPixel, 1...4) ?? 1
    let frames = try optional(.numberOfFrames, 1...Int(Int32.max)) ?? 1
    return PixelDescription(
      rows: rows, columns: columns, numberOfFrames: frames, samplesPerPixel: samples,
      photometricInterpretation: dataSet.text(.photometricInterpretation)
        ?? (samples == 1 ? "MONOCHROME2" : "RGB"),
      bitsAllocated: allocated, bitsStored: stored, highBit: highBit,
      isSigned: dataSet.integer(.pixelRepresentation) == 1,
      isPlanar: samples > 1 && dataSet.integer(.planarConfiguration) == 1)
  }

  /// Compares what the header declares with what is there.
  /// - Throws: `pixelDataTooShort`, `decodedSizeExceedsLimit`.
  func check(_ pixels: PixelDescription, _ data: Structure.PixelData) throws(DICOMError) {
    guard pixels.numberOfFrames <= limits.frames else {
      throw DICOMError(
        .decodedSizeExceedsLimit, at: .attribute(.numberOfFrames), valueClass: .outOfRange)
    }
    let decoded = pixels.nativeBytes
    guard let fragments = data.fragments else {
      guard data.length >= decoded else {
        throw DICOMError(.pixelDataTooShort, at: .attribute(.pixelData), valueClass: .tooShort)
      }
      return try checkLimit(decoded, of: limits.decodedBytes)
    }
    let stream = fragments.dropFirst().reduce(0) { $0 + $1.count }
    guard fragments.count > pixels.numberOfFrames, stream > 0 else {
      throw DICOMError(.pixelDataTooShort, at: .attribute(.pixelData), valueClass: .tooShort)
    }
    // A real picture does not shrink this far: a header of a few bytes must not cost gigabytes.
    try checkLimit(decoded, of: min(limits.decodedBytes, max(256 << 20, stream * 1000)))
  }

  private func checkLimit(_ bytes: Int, of limit: Int) throws(DICOMError) {
    guard bytes <= limit else {
      throw DICOMError(
        .decodedSizeExceedsLimit, at: .attribute(.pixelData), valueClass: .outOfRange)
    }
  }

  private func required(_ tag: Tag, _ range: ClosedRange<Int>) throws(DICOMError) -> Int {
    guard let value = try optional(tag, range) else {
      throw DICOMError(.missingAttribute, at: .attribute(tag), valueClass: .absent)
    }
    return value
  }

  private func optional(_ tag: Tag, _ range: ClosedRange<Int>) throws(DICOMError) -> Int? {
    let values = dataSet.numbers(tag, limit: 2)
    guard let first = values.first else { return nil }
    guard values.count == 1, let value = Int(exactly: first), range.contains(value) else {
      throw invalid(tag)
    }
    return value
  }

  private func invalid(_ tag: Tag) -> DICOMError {
    DICOMError(.invalidAttribute, at: .attribute(tag), valueClass: .outOfRange)
  }
}

extension PixelDescription {
  /// Bytes of one uncompressed frame, and of all: bits are packed over all frames (PS3.5 8.1.1),
  /// and YBR_FULL_422 shares chroma between two pixels (PS3.3 C.7.6.3.1.2).
  var nativeBits: Int {
    let samples = photometricInterpretation == "YBR_FULL_422" ? 2 : samplesPerPixel
    return rows * columns * samples * bitsAllocated
  }

  var nativeBytes: Int {
    let (bits, overflow) = nativeBits.multipliedReportingOverflow(by: numberOfFrames)
    return overflow ? .max : bits / 8 + (bits % 8 == 0 ? 0 : 1)
  }
}
