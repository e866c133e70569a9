import DICOM
import Foundation
import Imaging
import Testing

/// Objects derived from sources of other makers.
@Suite struct WriteForeignSourceTests {
  let bench: WriteBench

  init() throws { bench = try WriteBench() }

  @Test func enhancedFramesAreReferencedOneByOne() throws {
    let source = bench.path("enhanced.dcm")
    try RawSource.enhancedCT(rows: 13, columns: 11, frames: 4).write(
      to: source, sopClass: "1.2.840.10008.5.1.4.1.1.2.1", sopInstance: "1.2.3.4.5.6")
    let masks = [0, 2, 3].map { WriteBench.mask(11, 13, seed: UInt32($0 + 5)) }
    let object = SegmentationObject(
      sources: [Sensitive(source)],
      segments: [
        WriteBench.segment(
          "lesion", zip([0, 2, 3], masks).map { .init(source: 0, frame: $0, mask: $1) })
      ], identity: WriteBench.identity("seg"), producer: WriteBench.producer)
    let file = bench.path("seg.dcm")
    try object.write(to: file)
    try expectValid(file)
    let read = try SegmentationMasks(path: Sensitive(file))
    // The frames descend in the source and ascend along the normal in the segmentation.
    #expect(read.frames.map(\.sourceFrame) == [3, 2, 0])
    #expect(read.frames.map(\.mask) == masks.reversed())
    try bench.keep(masks.reversed(), beside: file)

    let state = bench.path("gsps.dcm")
    try GrayscalePresentationState(
      sources: [Sensitive(source)],
      annotations: [
        .init(
          source: 0, frame: 2, outlines: [],
          notes: [.init(text: "Lesion", anchor: .init(column: 1, row: 1))])
      ], identity: WriteBench.identity("gsps"), producer: WriteBench.producer
    ).write(to: state)
    try expectValid(state)
  }

  /// Frames of one image without any place in the patient: told apart by their number.
  @Test func framesWithoutGeometryStayApart() throws {
    var raw = RawSource()
    raw.add(0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.7.3")
    raw.add(0x0008, 0x0018, "UI", "1.2.3.4.5.7")
    raw.add(0x0020, 0x000D, "UI", "1.2.3.4.5")
    raw.add(0x0020, 0x000E, "UI", "1.2.3.4.5.2")
    raw.addPixels(rows: 9, columns: 7, frames: 3, photometric: "MONOCHROME2")
    let source = bench.path("frames.dcm")
    try raw.write(
      to: source, sopClass: "1.2.840.10008.5.1.4.1.1.7.3", sopInstance: "1.2.3.4.5.7")
    let masks = (0..<3).map { WriteBench.mask(7, 9, seed: UInt32($0 + 1)) }
    let object = SegmentationObject(
      sources: [Sensitive(source)],
      segments: [
        WriteBench.segment(
          "finding", masks.enumerated().map { .init(source: 0, frame: $0, mask: $1) })
      ], identity: WriteBench.identity("seg"), producer: WriteBench.producer)
    let file = bench.path("seg.dcm")
    try object.write(to: file)
    try expectValid(file)
    let read = try SegmentationMasks(path: Sensitive(file))
    #expect(read.frames.map(\.mask) == masks)
    #expect(read.frames.map(\.sourceFrame) == [0, 1, 2])
    try bench.keep(masks, beside: file)
  }

  /// A Japanese name, which Debian's DCMTK cannot convert, arrives byte for byte.
  @Test func foreignNamesAreKeptByteForByte() throws {
    let name: [UInt8] =
      Array("Yamada^Tarou=".utf8) + [0x1B, 0x24, 0x42, 0x3B, 0x33, 0x45, 0x44, 0x1B, 0x28, 0x42]
      + Array("^".utf8) + [0x1B, 0x24, 0x42, 0x42, 0x40, 0x4F, 0x3A, 0x1B, 0x28, 0x42]
    var raw = RawSource()
    raw.add(0x0008, 0x0005, "CS", "\\ISO 2022 IR 87")
    raw.add(0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.1")
    raw.add(0x0008, 0x0018, "UI", "1.2.3.4.5.8")
    raw.add(0x0008, 0x0060, "CS", "CR")
    raw.add(0x0010, 0x0010, "PN", name)
    raw.add(0x0010, 0x0020, "LO", "ID1")
    raw.add(0x0020, 0x000D, "UI", "1.2.3.4.5")
    raw.add(0x0020, 0x000E, "UI", "1.2.3.4.5.3")
    raw.addPixels(rows: 4, columns: 4, frames: 1, photometric: "MONOCHROME2")
    let source = bench.path("japanese.dcm")
    try raw.write(
      to: source, sopClass: "1.2.840.10008.5.1.4.1.1.1", sopInstance: "1.2.3.4.5.8")
    let file = bench.path("sc.dcm")
    try HeatmapCapture(
      width: 1, height: 1, rgb: [1, 2, 3], source: Sensitive(source),
      identity: WriteBench.identity("sc"), producer: WriteBench.producer
    ).write(to: file)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
    #expect(bytes.range(of: Data(name)) != nil)
    #expect(bytes.range(of: Data("\\ISO 2022 IR 87".utf8)) != nil)
    try expectValid(file)
  }
}
