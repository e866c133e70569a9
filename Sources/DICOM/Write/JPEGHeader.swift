/// What the frame header of a JPEG file says (ISO/IEC 10918-1 B.2).
package struct JPEGHeader: Sendable, Hashable {
  package let width: Int
  package let height: Int
  package let components: Int
  /// Sequential DCT, Huffman, 8 bit: the one process of the JPEG Baseline transfer syntax.
  package let isBaseline: Bool
  /// Of colour files: `RGB`, `YBR_FULL` or `YBR_FULL_422`; `MONOCHROME2` of gray ones.
  package let photometricInterpretation: String

  /// - Throws: `DICOMError` with `corruptPixelData` when no frame header is found, or
  ///   `unsupportedPixelFormat` for a number of components other than 1 and 3.
  package init(_ bytes: [UInt8]) throws(DICOMError) {
    guard bytes.count > 4, bytes[0] == 0xFF, bytes[1] == 0xD8 else {
      throw DICOMError(.corruptPixelData, at: .byteOffset(0))
    }
    var offset = 2
    var adobeTransform: UInt8?
    while offset + 4 <= bytes.count {
      guard bytes[offset] == 0xFF else {
        throw DICOMError(.corruptPixelData, at: .byteOffset(offset))
      }
      let marker = bytes[offset + 1]
      if marker == 0xFF {
        offset += 1
        continue
      }
      let length = Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3])
      let body = offset + 4
      guard length >= 2, offset + 2 + length <= bytes.count else { break }
      if marker == 0xEE, length >= 14, Array(bytes[body..<body + 5]) == Array("Adobe".utf8) {
        adobeTransform = bytes[body + 11]
      }
      if Self.isFrameHeader(marker) {
        try self.init(frame: bytes[body..<offset + 2 + length], marker, adobeTransform)
        return
      }
      if marker == 0xDA { break }
      offset += 2 + length
    }
    throw DICOMError(.corruptPixelData, at: .byteOffset(offset))
  }

  /// SOF0 to SOF15, without DHT, JPG and DAC, which share the range.
  private static func isFrameHeader(_ marker: UInt8) -> Bool {
    (0xC0...0xCF).contains(marker) && ![0xC4, 0xC8, 0xCC].contains(marker)
  }

  private init(
    frame: ArraySlice<UInt8>, _ marker: UInt8, _ adobeTransform: UInt8?
  ) throws(DICOMError) {
    let body = Array(frame)
    guard body.count >= 6 else { throw DICOMError(.corruptPixelData) }
    height = Int(body[1]) << 8 | Int(body[2])
    width = Int(body[3]) << 8 | Int(body[4])
    components = Int(body[5])
    guard width > 0, height > 0, body.count >= 6 + 3 * components else {
      throw DICOMError(.corruptPixelData)
    }
    isBaseline = marker == 0xC0 && body[0] == 8
    switch components {
    case 1: photometricInterpretation = "MONOCHROME2"
    case 3 where adobeTransform == 0: photometricInterpretation = "RGB"
    case 3:
      let isSubsampled = body[7] != body[10]
      photometricInterpretation = isSubsampled ? "YBR_FULL_422" : "YBR_FULL"
    default:
      throw DICOMError(
        .unsupportedPixelFormat, at: .attribute(.samplesPerPixel), valueClass: .outOfRange)
    }
  }
}
