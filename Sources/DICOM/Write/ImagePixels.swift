import CDCMTK

/// The Image Pixel module of an `ImageObject`, and its encoding (PS3.3 C.7.6.3, PS3.5 8 and A).
struct ImagePixels {
  let object: ImageObject

  func put(to dataset: Dataset) throws {
    guard (1...65535).contains(object.width), (1...65535).contains(object.height) else {
      throw DICOMError(.unsupportedPixelFormat, at: .attribute(.rows), valueClass: .outOfRange)
    }
    try dataset.root.put(.rows, short: object.height)
    try dataset.root.put(.columns, short: object.width)
    switch object.content {
    case .grayscale(let samples, let bitsStored, let isSigned, let inverted):
      try putLayout(
        photometric: inverted ? "MONOCHROME1" : "MONOCHROME2", components: 1,
        bitsStored: bitsStored, isSigned: isSigned, to: dataset.root)
      try putGrayscale(samples, bitsStored: bitsStored, isSigned: isSigned, to: dataset)
    case .rgb(let bytes):
      guard object.objectClass == .secondaryCapture else { throw Self.mismatch }
      try putLayout(
        photometric: "RGB", components: 3, bitsStored: 8, isSigned: false, to: dataset.root)
      try putBytes(bytes, components: 3, bitsStored: 8, to: dataset)
    case .jpeg(let bytes, let components):
      try putBitstream(bytes, components: components, to: dataset)
    }
  }

  private static var mismatch: DICOMError {
    DICOMError(.unsupportedPixelFormat, at: .attribute(.photometricInterpretation))
  }

  private func putLayout(
    photometric: String, components: Int, bitsStored: Int, isSigned: Bool, to root: DatasetItem
  ) throws {
    let bitsAllocated = bitsStored <= 8 && !isSigned ? 8 : 16
    try root.put(.samplesPerPixel, short: components)
    try root.put(.photometricInterpretation, photometric)
    if components > 1 { try root.put(.planarConfiguration, short: 0) }
    try root.put(.bitsAllocated, short: bitsAllocated)
    try root.put(.bitsStored, short: bitsStored)
    try root.put(.highBit, short: bitsStored - 1)
    try root.put(.pixelRepresentation, short: isSigned ? 1 : 0)
  }

  private func putGrayscale(
    _ samples: [Int32], bitsStored: Int, isSigned: Bool, to dataset: Dataset
  ) throws {
    guard (1...16).contains(bitsStored), samples.count == object.width * object.height else {
      throw Self.mismatch
    }
    let lowest = isSigned ? -(Int32(1) << Int32(bitsStored - 1)) : 0
    let highest = isSigned ? -lowest - 1 : (Int32(1) << Int32(bitsStored)) - 1
    guard samples.allSatisfy({ $0 >= lowest && $0 <= highest }) else {
      throw DICOMError(
        .unsupportedPixelFormat, at: .attribute(.bitsStored), valueClass: .outOfRange)
    }
    if bitsStored <= 8 && !isSigned {
      let bytes = samples.map { UInt8(truncatingIfNeeded: $0) }
      return try putBytes(bytes, components: 1, bitsStored: bitsStored, to: dataset)
    }
    let words = samples.map { UInt16(truncatingIfNeeded: $0) }
    if object.syntax == .jpeg2000Lossless {
      try words.withUnsafeBytes {
        try putCodestream($0, components: 1, allocated: 16, stored: bitsStored, isSigned, dataset)
      }
    } else {
      try Dataset.check(cdw_put_pixels16(dataset.root.handle, words, words.count))
      try encode(dataset)
    }
  }

  private func putBytes(
    _ bytes: [UInt8], components: Int, bitsStored: Int, to dataset: Dataset
  ) throws {
    guard bytes.count == object.width * object.height * components else { throw Self.mismatch }
    if object.syntax == .jpeg2000Lossless {
      if components == 3 { try dataset.root.put(.photometricInterpretation, "YBR_RCT") }
      try bytes.withUnsafeBytes {
        try putCodestream(
          $0, components: components, allocated: 8, stored: bitsStored, false, dataset)
      }
    } else {
      try Dataset.check(cdw_put_pixels8(dataset.root.handle, bytes, bytes.count))
      try encode(dataset)
    }
  }

  private func encode(_ dataset: Dataset) throws {
    try Dataset.check(
      cdw_encode(dataset.handle, object.syntax.rawValue, Int32(object.jpegQuality)))
  }

  private func putCodestream(
    _ samples: UnsafeRawBufferPointer, components: Int, allocated: Int, stored: Int,
    _ isSigned: Bool, _ dataset: Dataset
  ) throws {
    var bytes: UnsafeMutablePointer<UInt8>?
    var length = 0
    try Dataset.check(
      cdw_encode_j2k(
        samples.baseAddress, object.width, object.height, Int32(components), Int32(allocated),
        Int32(stored), isSigned ? 1 : 0, &bytes, &length))
    defer { cdw_free(bytes) }
    try Dataset.check(
      cdw_put_encapsulated(
        dataset.handle, object.syntax.rawValue, [UnsafePointer(bytes)], [length], 1))
  }

  /// A JPEG file as it is: its own header, not the caller, says what it holds.
  private func putBitstream(_ bytes: [UInt8], components: Int, to dataset: Dataset) throws {
    let header = try JPEGHeader(bytes)
    guard header.width == object.width, header.height == object.height,
      header.components == components, header.isBaseline, object.syntax == .jpegBaseline,
      components == 1 || object.objectClass == .secondaryCapture,
      object.objectClass != .computedTomography, object.provenance?.isLossy == true
    else { throw Self.mismatch }
    try putLayout(
      photometric: header.photometricInterpretation, components: components, bitsStored: 8,
      isSigned: false, to: dataset.root)
    try bytes.withUnsafeBufferPointer {
      try Dataset.check(
        cdw_put_encapsulated(
          dataset.handle, object.syntax.rawValue, [$0.baseAddress], [$0.count], 1))
    }
  }
}
