import DICOM
import Findings
import Foundation
import Phantoms
import Scoring
import Testing

/// Free air in a series becomes a finding of its own, with objects that name the pleura.
@Suite struct SeriesPneumothoraxTests {
  private func score(_ share: Double, _ root: String) throws -> StudyResult {
    try TinyModels.write(to: root + "/models", threshold: 1.1)
    var options = PhantomStudies.Options(
      kind: .computedTomography, count: 1, seed: 904, size: 128, folder: root + "/in")
    (options.slices, options.pneumothorax) = (24, share)
    try PhantomStudies.write(options)
    let reader = DCMTKReader()
    let names = try FileManager.default.subpathsOfDirectory(atPath: root + "/in").sorted()
    let instances = try names.filter { $0.hasSuffix(".dcm") }.enumerated().map { index, name in
      (fileID: Int64(index + 1), instance: try reader.read(path: root + "/in/" + name))
    }
    let stage = ScoreStage(
      models: try ScoringModels(folder: root + "/models"), reader: reader, width: 1)
    let job = ScoringJob(
      studyID: 1, studyInstanceUID: instances[0].instance.studyInstanceUID.value,
      modalities: ["CT"], inputDigest: "d", instances: instances)
    let record = try EmitStage(output: root + "/out", width: 1)
      .process(stage.process(job, at: stage.makeBench()), at: ())
    guard case .result(let result) = record else { throw CancellationError() }
    return result
  }

  @Test func airIsAFindingWithObjects() throws {
    let root = NSTemporaryDirectory() + "ptx-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: root) }
    let result = try score(1, root)
    #expect(result.findings.map(\.label) == ["lesion", "pneumothorax"])
    let finding = try #require(result.findings.last)
    #expect(finding.isPositive && !finding.isCalibrated && finding.method == "anatomy")
    #expect(finding.side != nil && (finding.volumeML ?? 0) > 8)
    #expect((finding.sizeShare ?? 2) < 1 && (finding.sizeShare ?? 0) > 0)
    #expect(finding.regions.allSatisfy { ($0.diameterMM ?? 0) > 0 && $0.lungShare != nil })
    #expect(
      Set(finding.outputs.map(\.kind)) == [
        .preview, .segmentation, .presentationState, .secondaryCapture,
      ])
    let seg = try #require(finding.outputs.first { $0.kind == .segmentation })
    let bytes = try Data(contentsOf: URL(fileURLWithPath: root + "/out/" + seg.path))
    for text in ["36118008", "3120008", "pneumothorax-ct-anatomy"] {
      #expect(bytes.range(of: Data(text.utf8)) != nil, "\(text)")
    }
  }

  @Test func noAirIsARowWithoutAPicture() throws {
    let root = NSTemporaryDirectory() + "ptx-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: root) }
    let finding = try #require(try score(0, root).findings.last)
    #expect(finding.label == "pneumothorax" && !finding.isPositive)
    #expect(finding.regions.isEmpty && finding.outputs.isEmpty)
  }
}
