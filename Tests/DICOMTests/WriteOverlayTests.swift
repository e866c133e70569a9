import DICOM
import Foundation
import Imaging
import Testing

/// Presentation states and captures.
@Suite struct WriteOverlayTests {
  let bench: WriteBench

  init() throws { bench = try WriteBench() }

  private func annotation(_ source: Int) -> GrayscalePresentationState.Annotation {
    typealias Point = GrayscalePresentationState.Point
    let square = [(3, 4), (13, 4), (13, 12), (3, 12), (3, 4)].map {
      Point(column: Double($0.0), row: Double($0.1))
    }
    return .init(
      source: source, outlines: [square],
      notes: [.init(text: "Pneumothorax 87 %", anchor: Point(column: 0, row: 0))])
  }

  @Test(arguments: [false, true])
  func radiographOutlinesPass(_ inverted: Bool) throws {
    let source = bench.path("source.dcm")
    try WriteBench.image(.computedRadiography, 101, 103, inverted: inverted).write(to: source)
    let file = bench.path("gsps.dcm")
    try GrayscalePresentationState(
      sources: [Sensitive(source)], annotations: [annotation(0)],
      identity: WriteBench.identity("gsps"), producer: WriteBench.producer
    ).write(to: file)
    try expectValid(file)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
    #expect(bytes.range(of: Data((inverted ? "INVERSE " : "IDENTITY").utf8)) != nil)
    // The corner pixel's centre is half a pixel from the origin: 0.5, 0.5 as little-endian floats.
    #expect(bytes.range(of: Data([0, 0, 0, 0x3F, 0, 0, 0, 0x3F])) != nil)
    // The first point of the outline, (3, 4), is written as 3.5, 4.5.
    #expect(bytes.range(of: Data([0, 0, 0x60, 0x40, 0, 0, 0x90, 0x40])) != nil)
  }

  @Test func seriesWithAnOutlineEachPasses() throws {
    let sources = try bench.computedTomography()
    let file = bench.path("gsps.dcm")
    try GrayscalePresentationState(
      sources: sources.map { Sensitive($0) }, annotations: (0..<5).map(annotation),
      identity: WriteBench.identity("gsps"), producer: WriteBench.producer
    ).write(to: file)
    try expectValid(file)
  }

  @Test func longOutlinesKeepEveryPoint() throws {
    let source = bench.path("source.dcm")
    try WriteBench.image(.computedRadiography, 200, 200).write(to: source)
    let outline = (0..<20_000).map {
      GrayscalePresentationState.Point(column: Double($0 % 200), row: Double($0 / 200))
    }
    let file = bench.path("gsps.dcm")
    try GrayscalePresentationState(
      sources: [Sensitive(source)],
      annotations: [.init(source: 0, outlines: [outline], notes: [])],
      identity: WriteBench.identity("gsps"), producer: WriteBench.producer
    ).write(to: file)
    try expectValid(file)
    let size = try Data(contentsOf: URL(fileURLWithPath: file)).count
    #expect(size > 20_000 * 8)
  }

  @Test func capturePassesAndKeepsItsPixels() throws {
    let source = bench.path("source.dcm")
    try WriteBench.image(.digitalXRay, 101, 103).write(to: source)
    let rgb = (0..<101 * 103 * 3).map { UInt8($0 % 253) }
    let file = bench.path("sc.dcm")
    try HeatmapCapture(
      width: 101, height: 103, rgb: rgb, source: Sensitive(source),
      identity: WriteBench.identity("sc"), producer: WriteBench.producer
    ).write(to: file)
    try expectValid(file)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
    #expect(bytes.range(of: Data(rgb)) != nil)
    #expect(bytes.range(of: Data("RESEARCH ONLY - NOT FOR CLINICAL USE".utf8)) != nil)
    let read = try DCMTKReader().read(path: file)
    #expect(read.patientOrientation == ["L", "F"])
    #expect(read.studyInstanceUID == WriteBench.study().studyInstanceUID)
    #expect(read.accessionNumber.value == "A77")
  }

  @Test func captureOfAxialSliceFacesLeftAndBack() throws {
    let sources = try bench.computedTomography(slices: 1)
    let file = bench.path("sc.dcm")
    try HeatmapCapture(
      width: 2, height: 1, rgb: [0, 1, 2, 3, 4, 5], source: Sensitive(sources[0]),
      identity: WriteBench.identity("sc"), producer: WriteBench.producer
    ).write(to: file)
    try expectValid(file)
    #expect(try DCMTKReader().read(path: file).patientOrientation == ["L", "P"])
  }
}
