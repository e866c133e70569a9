import DICOM
import Foundation
import Imaging
import Testing

/// Real files, where the optional corpus is at hand: `PLEURA_CORPUS=FOLDER`.
@Suite struct WriteCorpusTests {
  static let folder = ProcessInfo.processInfo.environment["PLEURA_CORPUS"]

  /// What DCMTK reads and this program may score, by path.
  private static func images(in folder: String) -> [Instance] {
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return names.sorted().compactMap { name in
      guard let read = try? DCMTKReader().read(path: folder + "/" + name) else { return nil }
      return read.kind == .radiograph || read.kind == .computedTomography ? read : nil
    }
  }

  @Test(.enabled(if: WriteCorpusTests.folder != nil, "PLEURA_CORPUS is not set"))
  func derivedObjectsOfRealImagesPass() throws {
    let bench = try WriteBench()
    let images = Self.images(in: try #require(Self.folder))
    #expect(!images.isEmpty)
    for (index, image) in images.enumerated() {
      let mask = WriteBench.mask(image.columns, image.rows, seed: UInt32(index + 1))
      let identity = WriteBench.identity("derived\(index)")
      let segmentation = bench.path("\(index)-seg.dcm")
      try SegmentationObject(
        sources: [image.path],
        segments: [WriteBench.segment("finding", [.init(source: 0, mask: mask)])],
        identity: identity, producer: WriteBench.producer
      ).write(to: segmentation)
      try expectValid(segmentation, "SEG \(image.sopInstanceUID)")
      #expect(try SegmentationMasks(path: Sensitive(segmentation)).frames.map(\.mask) == [mask])
      try bench.keep([mask], beside: segmentation)
      let capture = bench.path("\(index)-sc.dcm")
      try HeatmapCapture(
        width: 2, height: 2, rgb: [UInt8](repeating: 9, count: 12), source: image.path,
        identity: identity, producer: WriteBench.producer
      ).write(to: capture)
      try expectValid(capture, "SC \(image.sopInstanceUID)")
      guard image.pixels?.isMonochrome == true else { continue }
      let state = bench.path("\(index)-gsps.dcm")
      try GrayscalePresentationState(
        sources: [image.path],
        annotations: [
          .init(
            source: 0, outlines: [],
            notes: [.init(text: "Finding 50 %", anchor: .init(column: 1, row: 1))])
        ], identity: identity, producer: WriteBench.producer
      ).write(to: state)
      try expectValid(state, "GSPS \(image.sopInstanceUID)")
    }
  }
}
