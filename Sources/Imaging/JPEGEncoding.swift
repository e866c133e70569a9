import CTurboJPEG

extension JPEG {
  /// Baseline grey JPEG of an 8-bit picture; quality 1...100 as libjpeg scales its tables.
  /// Throws `ImagingError.encoding`.
  package static func encode(_ picture: GreyPicture, quality: Int) throws -> [UInt8] {
    precondition(picture.bits == 8 && (1...100).contains(quality))
    guard let handle = tjInitCompress() else { throw ImagingError(.encoding, "jpeg-start") }
    defer { tjDestroy(handle) }
    let grey = picture.samples.map { UInt8(truncatingIfNeeded: $0) }
    var file: UnsafeMutablePointer<UInt8>?
    var size: UInt = 0
    defer { tjFree(file) }
    guard
      tjCompress2(
        handle, grey, Int32(picture.width), 0, Int32(picture.height), Int32(TJPF_GRAY.rawValue),
        &file, &size, Int32(TJSAMP_GRAY.rawValue), Int32(quality), TJFLAG_ACCURATEDCT) == 0,
      let file
    else { throw ImagingError(.encoding, "jpeg-data") }
    return Array(UnsafeBufferPointer(start: file, count: Int(size)))
  }
}
