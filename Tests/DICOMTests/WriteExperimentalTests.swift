import DICOM
import Foundation
import Imaging
import Testing

/// Objects of a model that calls its scores experimental say so where people look, and stay valid.
@Suite struct WriteExperimentalTests {
  let bench: WriteBench

  init() throws { bench = try WriteBench() }

  private func producer(_ stated: Bool?, name: String = "phantom-gap") -> Producer {
    Producer(
      softwareVersion: "0.1.0", algorithmName: name, algorithmVersion: "1.2",
      modelDigest: String(repeating: "0123456789abcdef", count: 4), isExperimental: stated)
  }

  private func write(_ producer: Producer) throws -> [(name: String, bytes: Data)] {
    let source = bench.path("source.dcm")
    try WriteBench.image(.computedRadiography, 20, 10).write(to: source)
    let paths = ["seg", "gsps", "sc"].map { bench.path($0 + ".dcm") }
    let mask = WriteBench.mask(20, 10, seed: 1)
    try SegmentationObject(
      sources: [Sensitive(source)],
      segments: [WriteBench.segment("one", [.init(source: 0, mask: mask)])],
      identity: WriteBench.identity("seg"), producer: producer
    ).write(to: paths[0])
    let note = GrayscalePresentationState.Note(text: "P 87 %", anchor: .init(column: 0, row: 0))
    try GrayscalePresentationState(
      sources: [Sensitive(source)],
      annotations: [.init(source: 0, outlines: [], notes: [note])],
      identity: WriteBench.identity("gsps"), producer: producer
    ).write(to: paths[1])
    try HeatmapCapture(
      width: 2, height: 1, rgb: [0, 1, 2, 3, 4, 5], source: Sensitive(source),
      identity: WriteBench.identity("sc"), producer: producer
    ).write(to: paths[2])
    return try paths.map { path in
      try expectValid(path)
      return (path, try Data(contentsOf: URL(fileURLWithPath: path)))
    }
  }

  private func holds(_ bytes: Data, _ text: String) -> Bool {
    bytes.range(of: Data(text.utf8)) != nil
  }

  @Test func everyObjectSaysIt() throws {
    let titles = [
      ["SEG, experimental RESEARCH ONLY", "Regions, experimental. ", "phantom-gap, experimental"],
      [
        "Outlines, experimental RESEARCH ONLY", "Outlines, experimental. ",
        "Findings of an algorithm, experimental",
      ],
      [
        "Heat map, experimental RESEARCH ONLY",
        "algorithm phantom-gap 1.2, experimental; model SHA-256 ",
      ],
    ]
    for (object, texts) in zip(try write(producer(true)), titles) {
      for text in texts { #expect(holds(object.bytes, text), "\(object.name): \(text)") }
      // Equipment keeps the name as it is: it is compared.
      #expect(holds(object.bytes, "algorithm phantom-gap 1.2, experimental; model SHA-256 "))
    }
  }

  @Test func othersAreTheBytesThatTheyWere() throws {
    let plain = try write(WriteBench.producer)
    let stated = try write(producer(false))
    for (a, b) in zip(plain, stated) {
      #expect(a.bytes == b.bytes)
      #expect(!holds(a.bytes, "experimental"))
    }
  }

  @Test func aLongNameDoesNotPushTheMarkOut() throws {
    let object = try #require(
      try write(producer(true, name: String(repeating: "n", count: 90))).first)
    #expect(holds(object.bytes, String(repeating: "n", count: 50) + ", experimental"))
  }
}
