import DICOM
import Foundation
import Imaging
import Testing

@Suite struct WriteImageTests {
  let bench: WriteBench

  init() throws { bench = try WriteBench() }

  @Test(arguments: OutputSyntax.allCases.filter { $0 != .jpegBaseline })
  func radiographPassesInEverySyntax(_ syntax: OutputSyntax) throws {
    for objectClass in [ImageObject.ObjectClass.computedRadiography, .digitalXRay] {
      for inverted in [false, true] {
        var object = WriteBench.image(objectClass, 101, 103, inverted: inverted)
        object.syntax = syntax
        let file = bench.path("\(objectClass)-\(inverted)-\(syntax).dcm")
        try object.write(to: file)
        // Debian's dciodvfy cannot inflate; the data set is that of the other syntaxes.
        if syntax != .deflatedExplicitLittleEndian {
          try expectValid(file, "\(objectClass) \(syntax)")
        }
        let read = try DCMTKReader().read(path: file)
        #expect(read.transferSyntaxUID.value == syntax.rawValue)
        #expect(read.photometricInterpretation == (inverted ? "MONOCHROME1" : "MONOCHROME2"))
        let density = try DCMTKReader().density(of: read, frame: 0)
        let wanted = WriteBench.samples(101, 103, bits: 12).map { value in
          inverted ? 1 - Float(value) / 4095 : Float(value) / 4095
        }
        let worst = zip(density.pixels, wanted).map { abs($0 - $1) }.max() ?? 1
        #expect(worst < (syntax.isLossy ? 0.03 : 1e-6))
      }
    }
  }

  @Test func computedTomographyPassesInLosslessSyntaxes() throws {
    let slices = try bench.computedTomography()
    for file in slices { try expectValid(file) }
    let reader = DCMTKReader()
    let first = try reader.hounsfield(of: reader.read(path: slices[0]), frame: 0)
    let wanted = WriteBench.samples(37, 29, bits: 12).map { Float($0 - 1024) }
    #expect(first.pixels == wanted)
  }

  @Test func sameInputsGiveSameBytes() throws {
    for name in ["a.dcm", "b.dcm"] {
      var object = WriteBench.image(.digitalXRay, 64, 48)
      object.syntax = .jpeg2000Lossless
      try object.write(to: bench.path(name))
    }
    let first = try Data(contentsOf: URL(fileURLWithPath: bench.path("a.dcm")))
    #expect(try first == Data(contentsOf: URL(fileURLWithPath: bench.path("b.dcm"))))
    let names = try FileManager.default.contentsOfDirectory(atPath: bench.folder)
    #expect(names.sorted() == ["a.dcm", "b.dcm"])
  }

  @Test func eightBitAndColourPicturesBecomeSecondaryCaptures() throws {
    let gray = ImageObject.Content.grayscale(
      samples: WriteBench.samples(33, 31, bits: 8), bitsStored: 8, isSigned: false,
      inverted: false)
    let rgb = ImageObject.Content.rgb((0..<33 * 31 * 3).map { UInt8($0 % 251) })
    for (index, content) in [gray, rgb].enumerated() {
      for syntax in [OutputSyntax.explicitLittleEndian, .rleLossless, .jpeg2000Lossless] {
        var object = WriteBench.image(.secondaryCapture, 33, 31, content: content)
        object.window = nil
        object.syntax = syntax
        object.provenance = .init(description: "Imported from PNG", isLossy: false)
        let file = bench.path("sc\(index).dcm")
        try object.write(to: file)
        try expectValid(file, "\(syntax)")
      }
    }
  }

  @Test func samplesBeyondBitsStoredAreRefused() throws {
    let object = WriteBench.image(
      .computedRadiography, 2, 1,
      content: .grayscale(samples: [0, 4096], bitsStored: 12, isSigned: false, inverted: false))
    #expect(throws: DICOMError.self) { try object.write(to: bench.path("x.dcm")) }
    #expect(!FileManager.default.fileExists(atPath: bench.path("x.dcm")))
  }

  @Test func missingFolderIsAWriteFailure() throws {
    let object = WriteBench.image(.computedRadiography, 8, 8)
    let error = #expect(throws: DICOMError.self) {
      try object.write(to: bench.path("absent/x.dcm"))
    }
    #expect(error?.code == .writeFailed)
  }
}
