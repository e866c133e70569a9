import DICOM
import Foundation
import Imaging
import Testing

/// Stored values, and what is made of them.
@Suite struct PixelTests {
  private let reader = DCMTKReader()

  private func opened<Result>(_ bytes: [UInt8], _ body: (Instance) throws -> Result) throws
    -> Result
  {
    let folder = try Folder()
    return try body(try reader.read(path: try folder.write(bytes)))
  }

  @Test(arguments: [ByteStream.Syntax.explicitLittle, .implicitLittle, .explicitBig])
  func encodingsAgree(syntax: ByteStream.Syntax) throws {
    let specimen = Specimen(syntax: syntax, intercept: "-1024", pixels: [0, 1024, -5, 3000])
    try opened(specimen.dataSet().file()) { (instance: Instance) throws in
      #expect(instance.kind == .computedTomography)
      #expect(instance.rows == 2 && instance.columns == 2 && instance.numberOfFrames == 1)
      #expect(try reader.hounsfield(of: instance).pixels == [-1024, 0, -1029, 1976])
    }
  }

  @Test func withoutPreamble() throws {
    let bytes = Specimen(syntax: .implicitLittle).dataSet().bytes
    try opened(bytes) { (instance: Instance) throws in
      #expect(instance.transferSyntaxUID.value == "1.2.840.10008.1.2")
      #expect(try reader.storedFrame(of: instance, frame: 0).values == [0, 1, 2, 3])
    }
  }

  @Test func trailingZeros() throws {
    let bytes = Specimen().dataSet().file() + [UInt8](repeating: 0, count: 513)
    try opened(bytes) { (instance: Instance) throws in
      #expect(try reader.storedFrame(of: instance, frame: 0).values == [0, 1, 2, 3])
    }
  }

  /// Bits above Bits Stored are not part of the value: overlays lie there, or an absent sign.
  @Test func unusedBitsAreMasked() throws {
    let specimen = Specimen(bitsStored: 12, pixels: [0x0FFF, 0x8001, 0x0800, 0x07FF])
    try opened(specimen.dataSet().file()) { (instance: Instance) throws in
      let values = try reader.storedFrame(of: instance, frame: 0).values
      #expect(values == [-1, 1, -2048, 2047])
    }
  }

  @Test func paddingIsAir() throws {
    let specimen = Specimen(
      slope: "2", intercept: "-1000", padding: -2000, pixels: [-2000, 0, 500, -2000])
    try opened(specimen.dataSet().file()) { (instance: Instance) throws in
      #expect(try reader.hounsfield(of: instance).pixels == [-1024, -1000, 0, -1024])
      let (_, report) = try reader.volume(of: [instance])
      #expect(report.paddedVoxels == 2)
    }
  }

  private func film(_ photometric: String) -> Specimen {
    Specimen(
      sopClass: "1.2.840.10008.5.1.4.1.1.1", modality: "CR", photometric: photometric,
      bitsStored: 12, isSigned: false, window: ("2048", "1024"), position: nil,
      pixels: [0, 1365, 2730, 4095])
  }

  @Test func densityIsScaledByThePossibleRange() throws {
    let expected: [Float] = [0, 1365.0 / 4095, 2730.0 / 4095, 1]
    try opened(film("MONOCHROME2").dataSet().file()) { (instance: Instance) throws in
      #expect(instance.kind == .radiograph)
      #expect(try reader.density(of: instance).pixels == expected)
    }
    try opened(film("MONOCHROME1").dataSet().file()) { (instance: Instance) throws in
      let values = try reader.density(of: instance).pixels
      for (a, b) in zip(values, expected) { #expect(abs(a - (1 - b)) < 1e-6) }
    }
  }

  @Test func windowIsForDisplay() throws {
    var specimen = film("MONOCHROME2")
    specimen.pixels = [1535, 1536, 2047, 2559]
    try opened(specimen.dataSet().file()) { (instance: Instance) throws in
      let values = try reader.windowed(instance).pixels
      // PS3.3 C.11.2.1.2.1 with centre 2048 and width 1024.
      #expect(values[0] == 0 && values[3] == 1)
      #expect(abs(values[1] - Float(-511.5 / 1023 + 0.5)) < 1e-6)
      #expect(abs(values[2] - Float(-0.5 / 1023 + 0.5)) < 1e-6)
    }
  }

  @Test func modalityTable() throws {
    var specimen = film("MONOCHROME2")
    specimen.pixels = [0, 10, 11, 4000]
    specimen.extra = { stream in
      stream.head(0x0028, 0x3000, "SQ", length: 0xFFFF_FFFF)
      stream.item(length: 0xFFFF_FFFF)
      stream.value(0x0028, 0x3002, "US", stream.word(3) + stream.word(10) + stream.word(8))
      stream.words(0x0028, 0x3006, [100, 150, 200])
      stream.bytes += stream.word(0xFFFE) + stream.word(0xE00D) + stream.long(0)
      stream.bytes += stream.word(0xFFFE) + stream.word(0xE0DD) + stream.long(0)
    }
    try opened(specimen.dataSet().file()) { (instance: Instance) throws in
      #expect(try reader.density(of: instance).pixels == [0, 0, 0.5, 1])
    }
  }

  @Test func colourIsRefused() throws {
    var specimen = film("PALETTE COLOR")
    specimen.position = nil
    try opened(specimen.dataSet().file()) { (instance: Instance) throws in
      #expect(instance.kind == .otherImage(.colour))
      let error = #expect(throws: DICOMError.self) { try reader.density(of: instance) }
      #expect(error?.code == .unsupportedPixelFormat)
    }
  }

  @Test func aChangedFileIsNotDecoded() throws {
    let folder = try Folder()
    let path = try folder.write(Specimen().dataSet().file())
    let instance = try reader.read(path: path)
    _ = try folder.write(Specimen(pixels: [9, 9, 9, 9]).dataSet().file())
    #expect(throws: DICOMError(.changedFile)) { try reader.density(of: instance) }
  }

  @Test func threadsAreIndependent() throws {
    let folder = try Folder()
    let paths = try (0..<8).map { index in
      try folder.write(
        Specimen(instance: index, pixels: [index, 1, 2, 3]).dataSet().file(), "f\(index)")
    }
    DispatchQueue.concurrentPerform(iterations: 400) { iteration in
      let index = iteration % 8
      let instance = try? DCMTKReader().read(path: paths[index])
      let image = instance.flatMap { try? DCMTKReader().hounsfield(of: $0) }
      #expect(image?.pixels.first == Float(index))
    }
  }
}
