import DICOM
import Foundation
import Imaging
import Phantoms
import Scoring
import Testing

/// CT series read by the shipped model that cuts nodules out: files, lungs, slices, bodies.
@Suite struct NoduleSeriesTests {
  private static let models = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../models").path

  /// The finding of nodules in a series with nodules of 14 to 28 mm, and its truth.
  private func score(_ index: Int) throws -> (finding: SeriesFinding, truth: MaskVolume) {
    let root = NSTemporaryDirectory() + "nodule-series-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: root) }
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    var options = CTPhantom.Options()
    options.kinds = [.nodule]
    options.noduleDiameters = 14...28
    let study = CTStudy(
      seed: 8, index: index, size: 192, slices: 40, hasLesions: true, style: .init(),
      options: options)
    for slice in 0..<study.sliceCount {
      try study.write(slice: slice, to: root + String(format: "/%03d.dcm", slice))
    }
    let reader = DCMTKReader()
    let names = try FileManager.default.contentsOfDirectory(atPath: root).sorted()
    let instances = try names.enumerated().map { number, name in
      (fileID: Int64(number + 1), instance: try reader.read(path: root + "/" + name))
    }
    let stage = ScoreStage(
      models: try ScoringModels(folder: Self.models, series: "nodule-ct"), reader: reader,
      width: 1)
    let job = ScoringJob(
      studyID: 1, studyInstanceUID: study.studyInstanceUID.value, modalities: ["CT"],
      inputDigest: "d", instances: instances)
    let scored = try stage.process(job, at: stage.makeBench())
    return (try #require(scored.series.first), study.phantom.truth)
  }

  @Test func nodulesBecomeBodies() throws {
    var found = 0
    for index in 0..<4 {
      let (finding, truth) = try score(index)
      #expect(finding.assessment.label == "nodule")
      #expect(finding.assessment.method == "nodule-activation-map")
      guard finding.assessment.isPositive else {
        #expect(finding.regions.isEmpty)
        continue
      }
      let hit = finding.regions.first { region in
        (0..<truth.slices).contains {
          !region.body[$0].intersection(truth[$0]).isEmpty
        }
      }
      guard let hit else { continue }
      found += 1
      // Bodies of a map of 0 and 1 have no others inside.
      #expect(hit.peak > 0.99 && hit.mean >= 0.5)
      #expect((6...60).contains(hit.diameterMillimetres))
    }
    #expect(found >= 3)
  }
}
