import DICOM
import Findings
import Foundation
import Imaging
import Networks
import Phantoms
import Scoring
import Tensors
import Testing

/// Films read by a second model of several labels.
struct PanelTests {
  private struct StopTest: Error {}

  private func score(
    thresholds: [Double?] = [0, 0, 1.1, 0], segmented: Bool = true
  ) throws -> (result: StudyResult, root: String) {
    let root = NSTemporaryDirectory() + "pleura-panel-" + UUID().uuidString
    try TinyModels.write(to: root + "/models", threshold: 1.1)
    try TinyModels.writePanel(
      to: root + "/models", thresholds: thresholds, segmented: segmented)
    try PhantomStudies.write(
      PhantomStudies.Options(kind: .radiograph, count: 1, seed: 4, size: 96, folder: root + "/in"))
    let names = try FileManager.default.subpathsOfDirectory(atPath: root + "/in").sorted()
    let file = try #require(names.first { $0.hasSuffix(".dcm") })
    let instance = try DCMTKReader().read(path: root + "/in/" + file)
    let models = try ScoringModels(folder: root + "/models")
    let stage = ScoreStage(models: models, reader: DCMTKReader(), width: 1)
    let job = ScoringJob(
      studyID: 1, studyInstanceUID: instance.studyInstanceUID.value, modalities: ["CR"],
      inputDigest: "d", instances: [(fileID: 1, instance: instance)])
    let record = try EmitStage(output: root + "/out", width: 1).process(
      stage.process(job, at: stage.makeBench()), at: ())
    guard case .result(let result) = record else { throw StopTest() }
    return (result, root)
  }

  /// Every label that the package names is a finding, but for the one that the film model reads.
  @Test(arguments: [true, false])
  func everyLabelOfThePackageIsAFinding(_ segmented: Bool) throws {
    let (result, root) = try score(segmented: segmented)
    defer { try? FileManager.default.removeItem(atPath: root) }
    #expect(
      result.findings.map(\.label) == ["pneumothorax", "effusion", "cardiomegaly", "device"])
    #expect(result.findings.map(\.isPositive) == [false, true, true, false])
    #expect(result.findings.dropFirst().map(\.codeValue) == ["60046008", "8186001", "49062001"])
    #expect(
      result.findings.map(\.method)
        == ["grad-cam"] + [String](repeating: segmented ? "segmentation" : "grad-cam", count: 3))
    #expect(result.findings[1].regions.isEmpty == false)
    #expect(result.model.name == "pneumothorax+findings-radiograph")
  }

  /// One object of each kind for the film; in the segmentation a coded segment for each positive
  /// label, whose regions the stored ones are.
  @Test func oneSegmentALabel() throws {
    let (result, root) = try score()
    defer { try? FileManager.default.removeItem(atPath: root) }
    let kinds = result.outputs.map(\.kind)
    #expect(kinds == [.preview, .segmentation, .presentationState, .secondaryCapture])
    let path = try #require(result.outputs.first { $0.kind == .segmentation }?.path)
    let reader = DCMTKReader()
    let object = try reader.read(path: root + "/out/" + path)
    let source = try reader.read(
      path: root + "/in/"
        + #require(
          try FileManager.default.subpathsOfDirectory(atPath: root + "/in").sorted()
            .first { $0.hasSuffix(".dcm") }))
    let segments = try reader.annotations(of: object, over: [source.sopInstanceUID: source])
    #expect(segments.map(\.number) == [1, 2])
    #expect(segments.map { $0.type?.value } == ["60046008", "8186001"])
    #expect(segments.map(\.label.value) == ["Pleural effusion", "Cardiomegaly"])
    for (segment, finding) in zip(segments, result.findings[1...2]) {
      #expect(segment.mask.count == finding.regions.reduce(0) { $0 + ($1.areaPixels ?? 0) })
    }
    if FileManager.default.isExecutableFile(atPath: "/usr/bin/dciodvfy") {
      for output in result.outputs where output.kind != .preview {
        let check = Process()
        check.executableURL = URL(fileURLWithPath: "/usr/bin/dciodvfy")
        check.arguments = [root + "/out/" + output.path]
        let pipe = Pipe()
        check.standardError = pipe
        check.standardOutput = pipe
        try check.run()
        let text = String(
          decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(!text.split(separator: "\n").contains { $0.hasPrefix("Error") }, "\(output.kind)")
      }
    }
  }

  @Test func withoutAPositiveLabelThereIsAPreviewAlone() throws {
    let (result, root) = try score(thresholds: [1.1, 1.1, nil, nil])
    defer { try? FileManager.default.removeItem(atPath: root) }
    #expect(result.findings.map(\.label) == ["pneumothorax", "effusion", "cardiomegaly"])
    #expect(result.outputs.map(\.kind) == [.preview])
  }

  @Test func aPackageThatReadsNothingIsRefused() throws {
    #expect {
      _ = try score(thresholds: [nil, nil, nil, 0])
    } throws: { ($0 as? ScoringError)?.code == .modelUnsuitable }
  }

  /// A folder of recipes is no model, and work that was done without a panel stays done.
  @Test func recipesAloneAreNoPanel() throws {
    let root = NSTemporaryDirectory() + "pleura-panel-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: root) }
    try TinyModels.write(to: root)
    let before = try ScoringModels(folder: root).key(
      study: "1.2", inputDigest: "d", modalities: ["CR"])
    try FileManager.default.createDirectory(
      atPath: root + "/findings-radiograph", withIntermediateDirectories: true)
    let same = try ScoringModels(folder: root).key(
      study: "1.2", inputDigest: "d", modalities: ["CR"])
    try TinyModels.writePanel(to: root)
    let models = try ScoringModels(folder: root)
    #expect(before == same)
    #expect(models.key(study: "1.2", inputDigest: "d", modalities: ["CR"]) != before)
    #expect(
      models.key(study: "1.2", inputDigest: "d", modalities: ["CT"]).modelDigest
        == models.identity(modalities: ["CT"]).digest)
    #expect(models.identity(modalities: ["CT"]).name == "lesion-ct")
  }
}
