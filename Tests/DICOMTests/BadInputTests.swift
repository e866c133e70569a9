import CZlib
import DICOM
import Foundation
import Testing

/// Hostile and broken files end in a code, never in a crash.
@Suite struct BadInputTests {
  private func code(_ bytes: [UInt8]) throws -> DICOMError.Code? {
    let folder = try Folder()
    do {
      _ = try DCMTKReader().read(path: try folder.write(bytes))
      return nil
    } catch let error as DICOMError {
      #expect(!error.description.contains("CANARY") && !error.description.contains("dicom-"))
      #expect(!error.advice.isEmpty)
      return error.code
    }
  }

  @Test func nothing() throws {
    #expect(try code([]) == .emptyFile)
    #expect(throws: DICOMError(.unreadableFile)) {
      try DCMTKReader().read(path: "/nonexistent/file")
    }
    #expect(throws: DICOMError(.unreadableFile)) { try DCMTKReader().read(path: "/dev/zero") }
  }

  @Test func otherFiles() throws {
    #expect(try code(Array("<!DOCTYPE html><html><body>no</body></html>".utf8)) == .notDICOM)
    #expect(try code([0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10, 0, 0, 0, 13]) == .notDICOM)
    var random = SystemRandomNumberGenerator()
    for length in [1, 7, 8, 131, 132, 133, 500, 5000] {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      #expect(try code(bytes) != nil, "\(bytes.prefix(600))")
    }
  }

  /// A cut between two elements leaves a whole data set without an image; any other is an error.
  @Test func noCutFileIsAnImage() throws {
    let folder = try Folder()
    for syntax in [ByteStream.Syntax.explicitLittle, .implicitLittle, .explicitBig] {
      let whole = Specimen(syntax: syntax).dataSet().file()
      for length in 1..<whole.count {
        let path = try folder.write(Array(whole.prefix(length)))
        let instance = try? DCMTKReader().read(path: path)
        #expect(instance?.pixels == nil, "\(length) of \(whole.count)")
        #expect(instance == nil || instance?.kind == .nonImage(.noPixelData))
      }
    }
    let whole = Specimen().dataSet().file()
    #expect(try code(Array(whole.dropLast(3))) == .truncated)
  }

  /// One damaged byte may pass, but must not crash or hang.
  @Test func everyDamagedByteIsSurvived() throws {
    let folder = try Folder()
    let whole = Specimen().dataSet().file()
    for index in 132..<whole.count {
      var bytes = whole
      bytes[index] ^= 0xFF
      let path = try folder.write(bytes)
      if let instance = try? DCMTKReader().read(path: path) {
        _ = try? DCMTKReader().density(of: instance)
      }
    }
  }

  @Test(arguments: [ByteStream.Syntax.explicitLittle, .implicitLittle, .explicitBig])
  func deepNesting(syntax: ByteStream.Syntax) throws {
    var stream = ByteStream(syntax: syntax)
    for _ in 0..<10_000 {
      stream.head(0x0040, 0xA730, "SQ", length: 0xFFFF_FFFF)
      stream.item(length: 0xFFFF_FFFF)
    }
    #expect(try code(stream.file()) == .nestingTooDeep)
  }

  /// Sequences hidden in values of defined length, which DCMTK follows as well.
  @Test(arguments: [("SQ", 0x0040), ("UN", 0x0040), ("UN", 0x0041)])
  func deepNestingOfDefinedLength(vr: String, group: Int) throws {
    var inner = ByteStream(syntax: vr == "UN" ? .implicitLittle : .explicitLittle)
    for _ in 0..<100 {
      let content = inner.bytes
      inner.bytes = []
      inner.head(group, 0xA730, "SQ", length: content.count + 8)
      inner.item(length: content.count)
      inner.bytes += content
    }
    var outer = ByteStream()
    outer.head(group, 0xA730, vr, length: inner.bytes.count + 8)
    outer.item(length: inner.bytes.count)
    outer.bytes += inner.bytes
    #expect(try code(outer.file()) == .nestingTooDeep)
  }

  @Test func nestingWithinTheLimitIsRead() throws {
    let specimen = Specimen(extra: { stream in
      for _ in 0..<60 {
        stream.head(0x0040, 0xA730, "SQ", length: 0xFFFF_FFFF)
        stream.item(length: 0xFFFF_FFFF)
      }
      for _ in 0..<60 {
        stream.bytes += stream.word(0xFFFE) + stream.word(0xE00D) + stream.long(0)
        stream.bytes += stream.word(0xFFFE) + stream.word(0xE0DD) + stream.long(0)
      }
    })
    #expect(try code(specimen.dataSet().file()) == nil)
  }

  @Test func absurdDimensions() throws {
    let native = Specimen(rows: 65535, columns: 65535).dataSet().file()
    #expect(native.count < 700)
    #expect(try code(native) == .pixelDataTooShort)
    var short = Specimen()
    short.pixels = [0, 1, 2]
    #expect(try code(short.dataSet().file()) == .pixelDataTooShort)
  }

  @Test func absurdDimensionsOfACompressedImage() throws {
    var stream = Specimen(rows: 65535, columns: 65535).dataSet()
    stream.bytes.removeLast(8 + 12)
    stream.head(0x7FE0, 0x0010, "OB", length: 0xFFFF_FFFF)
    stream.item(length: 0)
    stream.item(length: 8)
    stream.bytes += [0xFF, 0xD8, 0xFF, 0xC3, 0, 0, 0, 0]
    stream.bytes += stream.word(0xFFFE) + stream.word(0xE0DD) + stream.long(0)
    let file = stream.file(transferSyntax: "1.2.840.10008.1.2.4.70")
    #expect(try code(file) == .decodedSizeExceedsLimit)
  }

  @Test func deflatedBomb() throws {
    let zeros = [UInt8](repeating: 0, count: 300 << 20)
    var deflated = [UInt8](repeating: 0, count: 2 << 20)
    var size = UInt(deflated.count)
    #expect(compress2(&deflated, &size, zeros, UInt(zeros.count), 9) == Z_OK)
    // Raw deflate: without the two bytes before and the four after it.
    let raw = Array(deflated[2..<Int(size) - 4])
    let file = ByteStream(bytes: raw).file(transferSyntax: "1.2.840.10008.1.2.1.99")
    #expect(file.count < 400_000)
    #expect(try code(file) == .inflatedSizeExceedsLimit)
  }

  @Test func identifiersAndAttributes() throws {
    #expect(try code(Specimen(sopInstance: "1.02.3").dataSet().file()) == .invalidUID)
    #expect(try code(Specimen(sopInstance: "../../etc").dataSet().file()) == .invalidUID)
    #expect(try code(Specimen(sopInstance: "").dataSet().file()) == .missingAttribute)
    #expect(try code(Specimen(rows: 0).dataSet().file()) == .invalidAttribute)
    #expect(try code(Specimen(bitsStored: 17).dataSet().file()) == .invalidAttribute)
    let unknown = Specimen().dataSet().file(transferSyntax: "1.2.3.4")
    #expect(try code(unknown) == .unsupportedTransferSyntax)
  }

  @Test func errorsNamePlaceAndClass() throws {
    let folder = try Folder()
    let path = try folder.write(Specimen(sopInstance: "1.02.3").dataSet().file())
    let error = #expect(throws: DICOMError.self) { try DCMTKReader().read(path: path) }
    #expect(error?.description == "invalid-uid: SOPInstanceUID (0008,0018), malformed")
  }
}
