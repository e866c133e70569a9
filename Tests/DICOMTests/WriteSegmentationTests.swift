import DICOM
import Foundation
import Imaging
import Testing

@Suite struct WriteSegmentationTests {
  let bench: WriteBench

  init() throws { bench = try WriteBench() }

  @Test(arguments: [(101, 103), (5, 7), (64, 64)])
  func radiographMasksComeBack(_ size: (Int, Int)) throws {
    let (width, height) = size
    for objectClass in [ImageObject.ObjectClass.computedRadiography, .digitalXRay] {
      let source = bench.path("source-\(objectClass)-\(width).dcm")
      try WriteBench.image(objectClass, width, height, inverted: true).write(to: source)
      let masks = [1, 2].map { WriteBench.mask(width, height, seed: $0) }
      let object = SegmentationObject(
        sources: [Sensitive(source)],
        segments: [
          WriteBench.segment("one", [.init(source: 0, mask: masks[0])]),
          WriteBench.segment("two", side: .left, [.init(source: 0, mask: masks[1])]),
        ], identity: WriteBench.identity("seg"), producer: WriteBench.producer)
      let file = bench.path("seg-\(objectClass)-\(width).dcm")
      try object.write(to: file)
      try expectValid(file)
      let read = try SegmentationMasks(path: Sensitive(file))
      #expect(read.labels == ["one", "two"])
      #expect(read.frames.map(\.mask) == masks)
      try bench.keep(masks, beside: file)
      #expect(read.frames.map(\.segmentNumber) == [1, 2])
      #expect(
        read.frames.allSatisfy {
          $0.sourceSOPInstanceUID == WriteBench.identity("image").sopInstanceUID
        })
    }
  }

  @Test func computedTomographySkipsEmptyFramesAndSortsByPlace() throws {
    let sources = try bench.computedTomography()
    // Slice 4 lies lowest: the files descend.
    let masks = (0..<5).map { index in
      index == 2 ? Mask(width: 37, height: 29) : WriteBench.mask(37, 29, seed: UInt32(index + 1))
    }
    let object = SegmentationObject(
      sources: sources.map { Sensitive($0) },
      segments: [
        WriteBench.segment(
          "lesion", masks.enumerated().map { .init(source: $0.offset, mask: $0.element) }),
        WriteBench.segment("second", side: nil, [.init(source: 1, mask: masks[1])]),
      ], identity: WriteBench.identity("seg"), producer: WriteBench.producer)
    let file = bench.path("seg.dcm")
    try object.write(to: file)
    try expectValid(file)
    let read = try SegmentationMasks(path: Sensitive(file))
    #expect(read.frames.map(\.segmentNumber) == [1, 1, 1, 1, 2])
    let order = [4, 3, 1, 0, 1]
    #expect(read.frames.map(\.mask) == order.map { masks[$0] })
    try bench.keep(order.map { masks[$0] }, beside: file)
    #expect(
      read.frames.map(\.sourceSOPInstanceUID)
        == order.map { WriteBench.identity("ct\($0)").sopInstanceUID })
  }

  @Test func maskOfAnotherSizeIsRefused() throws {
    let source = bench.path("source.dcm")
    try WriteBench.image(.computedRadiography, 20, 10).write(to: source)
    let object = SegmentationObject(
      sources: [Sensitive(source)],
      segments: [
        WriteBench.segment("one", [.init(source: 0, mask: Mask(width: 10, height: 20))])
      ], identity: WriteBench.identity("seg"), producer: WriteBench.producer)
    let error = #expect(throws: DICOMError.self) { try object.write(to: bench.path("s.dcm")) }
    #expect(error?.code == .mixedGeometry)
  }

  @Test func derivedIdentityDependsOnModelAndSourcesAlone() {
    let study = UID.derived(from: ["study"])
    func made(_ digest: String, _ sources: [UID], _ kind: DerivedKind) -> ObjectIdentity {
      let producer = Producer(
        softwareVersion: "1", algorithmName: "a", algorithmVersion: "1", modelDigest: digest)
      return .derived(
        kind, study: study, sources: sources, producer: producer, date: "20240101", time: "120000")
    }
    let (a, b) = (UID.derived(from: ["a"]), UID.derived(from: ["b"]))
    let base = made("d", [a, b], .segmentation)
    #expect(base == made("d", [b, a], .segmentation))
    #expect(base.sopInstanceUID != made("e", [a, b], .segmentation).sopInstanceUID)
    #expect(base.sopInstanceUID != made("d", [a], .segmentation).sopInstanceUID)
    #expect(base.sopInstanceUID != made("d", [a, b], .heatmapCapture).sopInstanceUID)
    #expect(base.seriesInstanceUID == made("d", [a], .segmentation).seriesInstanceUID)
  }
}
