import CTurboJPEG

/// Baseline and progressive JPEG (ISO/IEC 10918-1, 8 bit) through TurboJPEG.
package enum JPEG {
  /// Reads any 8-bit JPEG as grey; colour becomes luminance (Y of YCbCr).
  package static func read(_ path: String) throws -> GreyPicture {
    try decode(try AtomicFile.read(path))
  }

  package static func decode(_ bytes: [UInt8]) throws -> GreyPicture {
    guard let handle = tjInitDecompress() else { throw ImagingError(.undecodable, "jpeg-start") }
    defer { tjDestroy(handle) }
    var (width, height, sampling, space) = (Int32(0), Int32(0), Int32(0), Int32(0))
    guard
      tjDecompressHeader3(
        handle, bytes, UInt(bytes.count), &width, &height, &sampling, &space) == 0,
      width > 0, height > 0
    else { throw ImagingError(.undecodable, "jpeg-header") }
    guard Int(width) <= PNG.pixelLimit / Int(height) else {
      throw ImagingError(.tooLarge, "jpeg-size")
    }
    var grey = [UInt8](repeating: 0, count: Int(width) * Int(height))
    let status = tjDecompress2(
      handle, bytes, UInt(bytes.count), &grey, width, 0, height, Int32(TJPF_GRAY.rawValue), 0)
    // A warning (a few stray bytes) still gives a whole picture; a fatal error does not.
    guard status == 0 || tjGetErrorCode(handle) == Int32(TJERR_WARNING.rawValue) else {
      throw ImagingError(.undecodable, "jpeg-data")
    }
    return GreyPicture(
      width: Int(width), height: Int(height), bits: 8, samples: grey.map(UInt16.init))
  }
}
