import DICOM
import Foundation
import Imaging
import Testing

/// Pictures wrapped as DICOM images.
@Suite struct WriteImportTests {
  let bench: WriteBench

  init() throws { bench = try WriteBench() }

  /// 16 x 8 pixels of one gray: DC coefficients only, by the tables of ISO/IEC 10918-1 K.3.
  static let grayJPEG: [UInt8] = {
    var bytes: [UInt8] = [0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0] + [UInt8](repeating: 16, count: 64)
    bytes += [0xFF, 0xC0, 0, 11, 8, 0, 8, 0, 16, 1, 1, 0x11, 0]
    // One code of one bit for category 0 (DC), one of one bit for end of block (AC).
    bytes += [0xFF, 0xC4, 0, 20, 0x00, 1] + [UInt8](repeating: 0, count: 15) + [0]
    bytes += [0xFF, 0xC4, 0, 20, 0x10, 1] + [UInt8](repeating: 0, count: 15) + [0]
    // Two blocks of two zero bits each, filled up with ones.
    bytes += [0xFF, 0xDA, 0, 8, 1, 1, 0x00, 0, 63, 0, 0x0F, 0xFF, 0xD9]
    return bytes
  }()

  private func wrapped(_ bytes: [UInt8], width: Int = 16) -> ImageObject {
    var object = WriteBench.image(
      .computedRadiography, width, 8, content: .jpeg(bytes, components: 1))
    object.syntax = .jpegBaseline
    object.window = nil
    object.provenance = .init(
      description: "Wrapped from a JPEG file, bitstream unchanged", isLossy: true, ratio: 12.3)
    return object
  }

  @Test func bitstreamIsKeptByteForByte() throws {
    let file = bench.path("cr.dcm")
    try wrapped(Self.grayJPEG).write(to: file)
    try expectValid(file)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
    #expect(bytes.range(of: Data(Self.grayJPEG)) != nil)
    let read = try DCMTKReader().read(path: file)
    #expect(read.lossyImageCompression)
    #expect(read.imageType == ["DERIVED", "SECONDARY"])
    // Coefficients of zero are the middle of the range.
    let density = try DCMTKReader().density(of: read, frame: 0)
    #expect(density.pixels.allSatisfy { abs($0 - 128 / 255) < 1e-6 })
  }

  @Test func headerOverrulesTheCaller() throws {
    #expect(throws: DICOMError.self) {
      try wrapped(Self.grayJPEG, width: 17).write(to: bench.path("a.dcm"))
    }
    // SOF2, progressive: no transfer syntax of ours holds it.
    let progressive = Self.grayJPEG.enumerated().map { index, byte in
      index > 0 && Self.grayJPEG[index - 1] == 0xFF && byte == 0xC0 ? 0xC2 : byte
    }
    #expect(try !JPEGHeader(progressive).isBaseline)
    #expect(throws: DICOMError.self) {
      try wrapped(progressive).write(to: bench.path("b.dcm"))
    }
  }

  @Test func headerOfDamagedFilesIsRefused() throws {
    for count in [0, 1, 3, 10, 75, 80] {
      #expect(throws: DICOMError.self) { try JPEGHeader(Array(Self.grayJPEG.prefix(count))) }
    }
    let header = try JPEGHeader(Self.grayJPEG)
    #expect(header.width == 16 && header.height == 8 && header.components == 1)
    #expect(header.photometricInterpretation == "MONOCHROME2")
  }

  /// Lossless round trip of HU in every syntax that can hold them.
  @Test(
    arguments: [
      OutputSyntax.implicitLittleEndian, .explicitBigEndian, .rleLossless, .jpegLosslessSV1,
      .jpegLSLossless, .jpeg2000Lossless,
    ], [true, false])
  func computedTomographyIsLossless(_ syntax: OutputSyntax, _ isSigned: Bool) throws {
    let stored = WriteBench.samples(37, 29, bits: 12).map { isSigned ? $0 - 1024 : $0 }
    var object = ImageObject(
      .computedTomography, width: 37, height: 29,
      content: .grayscale(
        samples: stored, bitsStored: isSigned ? 16 : 12, isSigned: isSigned, inverted: false),
      identity: WriteBench.identity("ct"), study: WriteBench.study())
    object.plane = PlaneGeometry(
      position: Vector3(-1, -2, 3), rowDirection: Vector3(1, 0, 0),
      columnDirection: Vector3(0, 1, 0), spacing: PixelSpacing(row: 0.5, column: 0.5))
    object.frameOfReferenceUID = UID.derived(from: ["frame"])
    object.rescale = (1, isSigned ? 0 : -1024)
    object.imageTypeTail = ["AXIAL"]
    object.syntax = syntax
    let file = bench.path("ct.dcm")
    try object.write(to: file)
    try expectValid(file, "\(syntax) \(isSigned)")
    let reader = DCMTKReader()
    let read = try reader.hounsfield(of: reader.read(path: file), frame: 0)
    #expect(read.pixels == WriteBench.samples(37, 29, bits: 12).map { Float($0 - 1024) })
  }
}
