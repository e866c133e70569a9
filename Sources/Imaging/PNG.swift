import CPNG

/// PNG through libpng's simplified interface. Sample values pass unchanged both ways: gamma and
/// colour-profile chunks are not applied.
package enum PNG {
  /// The largest picture that is decoded.
  package static let pixelLimit = 100_000_000

  package static func encode(_ picture: GreyPicture) throws -> [UInt8] {
    if picture.bits == 8 {
      let bytes = picture.samples.map { UInt8(truncatingIfNeeded: $0) }
      return try encode(
        bytes, width: picture.width, height: picture.height, format: format.grey8)
    }
    return try encode(
      picture.samples, width: picture.width, height: picture.height, format: format.grey16)
  }

  package static func encode(_ picture: ColorImage) throws -> [UInt8] {
    try encode(picture.bytes, width: picture.width, height: picture.height, format: format.rgb8)
  }

  package static func write(_ picture: GreyPicture, to path: String) throws {
    try AtomicFile.write(try encode(picture), to: path)
  }

  package static func write(_ picture: ColorImage, to path: String) throws {
    try AtomicFile.write(try encode(picture), to: path)
  }

  package static func write(_ mask: Mask, to path: String) throws {
    try write(GreyPicture(mask), to: path)
  }

  /// Reads any PNG as grey: 16-bit files keep 16 bits, all others give 8; colour becomes
  /// luminance, and transparency is laid over black.
  package static func read(_ path: String) throws -> GreyPicture {
    try decode(try AtomicFile.read(path))
  }

  package static func decode(_ bytes: [UInt8]) throws -> GreyPicture {
    let header = try PNGChunks(bytes)
    let (width, height) = (header.width, header.height)
    if header.bitDepth == 16 {
      let samples: [UInt16] = try read(
        header.plainBytes, count: width * height, format: format.grey16)
      return GreyPicture(width: width, height: height, bits: 16, samples: samples)
    }
    let samples: [UInt8] = try read(
      header.plainBytes, count: width * height, format: format.grey8)
    return GreyPicture(width: width, height: height, bits: 8, samples: samples.map(UInt16.init))
  }

  package static func readColor(_ path: String) throws -> ColorImage {
    try decodeColor(try AtomicFile.read(path))
  }

  package static func decodeColor(_ bytes: [UInt8]) throws -> ColorImage {
    let header = try PNGChunks(bytes)
    let data: [UInt8] = try read(
      header.plainBytes, count: header.width * header.height * 3, format: format.rgb8)
    return ColorImage(width: header.width, height: header.height, bytes: data)
  }

  private static let format = (
    grey8: UInt32(0), rgb8: UInt32(PNG_FORMAT_FLAG_COLOR), grey16: UInt32(PNG_FORMAT_FLAG_LINEAR)
  )

  private static func encode<Sample>(
    _ samples: [Sample], width: Int, height: Int, format: UInt32
  ) throws -> [UInt8] {
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    image.width = UInt32(width)
    image.height = UInt32(height)
    image.format = format
    defer { png_image_free(&image) }
    return try samples.withUnsafeBytes { raw in
      // The bound holds for incompressible data: a filter byte a row, stored deflate blocks.
      var size = raw.count + height * 2 + raw.count / 1000 + 4096
      var file = [UInt8](repeating: 0, count: size)
      guard png_image_write_to_memory(&image, &file, &size, 0, raw.baseAddress, 0, nil) != 0,
        size <= file.count
      else { throw ImagingError(.encoding, "png") }
      file.removeLast(file.count - size)
      return file
    }
  }

  private static func read<Sample: FixedWidthInteger>(
    _ bytes: [UInt8], count: Int, format: UInt32
  ) throws -> [Sample] {
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    return try bytes.withUnsafeBytes { raw in
      guard png_image_begin_read_from_memory(&image, raw.baseAddress, raw.count) != 0 else {
        throw ImagingError(.undecodable, "png-header")
      }
      image.format = format
      var samples = [Sample](repeating: 0, count: count)
      guard png_image_finish_read(&image, nil, &samples, 0, nil) != 0 else {
        throw ImagingError(.undecodable, "png-data")
      }
      return samples
    }
  }
}

/// The chunk list of a PNG (ISO/IEC 15948, 5.3), to check the header before libpng allocates and
/// to leave out chunks that would make libpng change sample values.
private struct PNGChunks {
  let width: Int
  let height: Int
  let bitDepth: Int
  let plainBytes: [UInt8]

  init(_ bytes: [UInt8]) throws {
    let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    guard bytes.count > 33, Array(bytes[..<8]) == signature,
      Array(bytes[12..<16]) == Array("IHDR".utf8)
    else { throw ImagingError(.undecodable, "png-signature") }
    width = Self.word(bytes, 16)
    height = Self.word(bytes, 20)
    bitDepth = Int(bytes[24])
    guard width > 0, height > 0 else { throw ImagingError(.undecodable, "png-size") }
    guard width <= PNG.pixelLimit / height else { throw ImagingError(.tooLarge, "png-size") }
    let dropped = Set(["gAMA", "cHRM", "sRGB", "iCCP", "cICP"].map { Array($0.utf8) })
    var kept = signature
    kept.reserveCapacity(bytes.count)
    var at = 8
    while at + 12 <= bytes.count {
      let end = at + 12 + Self.word(bytes, at)
      guard end <= bytes.count else { throw ImagingError(.undecodable, "png-chunk") }
      if !dropped.contains(Array(bytes[at + 4..<at + 8])) { kept += bytes[at..<end] }
      at = end
    }
    plainBytes = kept
  }

  private static func word(_ bytes: [UInt8], _ at: Int) -> Int {
    bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
  }
}
