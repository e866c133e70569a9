import DICOM
import Findings
import Foundation
import Networks
import Phantoms
import Scoring
import Tensors
import Testing

/// Scores phantom studies on real files through the real stages.
struct ScoringTests {
  private func folder() throws -> String {
    let path = NSTemporaryDirectory() + "pleura-scoring-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  private func job(_ folder: String, modality: String) throws -> ScoringJob {
    let reader = DCMTKReader()
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
    let instances = try names.filter { $0.hasSuffix(".dcm") }.enumerated().map { index, name in
      (fileID: Int64(index + 1), instance: try reader.read(path: folder + "/" + name))
    }
    let study = try #require(instances.first).instance.studyInstanceUID.value
    return ScoringJob(
      studyID: 1, studyInstanceUID: study, modalities: [modality], inputDigest: "d",
      instances: instances)
  }

  private func score(
    _ kind: PhantomSet.Kind, threshold: Double,
    segmentation: ModelDescription.Segmentation? = nil, experimental: Bool? = nil,
    change: (_ folder: String) throws -> Void = { _ in }
  ) throws -> (record: StudyRecord, root: String) {
    let root = try folder()
    try TinyModels.write(
      to: root + "/models", threshold: threshold, segmentation: segmentation,
      experimental: experimental)
    var options = PhantomStudies.Options(
      kind: kind, count: 1, seed: 4, size: 96, folder: root + "/in")
    options.slices = 6
    try PhantomStudies.write(options)
    try change(root + "/in")
    let models = try ScoringModels(folder: root + "/models")
    let stage = ScoreStage(models: models, reader: DCMTKReader(), width: 1)
    let scored = try stage.process(
      job(root + "/in", modality: kind == .radiograph ? "CR" : "CT"), at: stage.makeBench())
    let record = try EmitStage(output: root + "/out", width: 1).process(scored, at: ())
    return (record, root)
  }

  @Test func positiveFilmGetsAllObjects() throws {
    let (record, root) = try score(.radiograph, threshold: 0)
    defer { try? FileManager.default.removeItem(atPath: root) }
    guard case .result(let result) = record else { return #expect(Bool(false), "no result") }
    let finding = try #require(result.findings.first)
    #expect(finding.label == "pneumothorax" && finding.isPositive)
    #expect(!finding.regions.isEmpty)
    let kinds = Set(finding.outputs.map(\.kind))
    #expect(kinds == [.preview, .segmentation, .presentationState, .secondaryCapture])
    for output in finding.outputs {
      let path = root + "/out/" + output.path
      let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int64
      #expect(size == output.byteCount)
    }
  }

  @Test func negativeFilmGetsAPreviewAlone() throws {
    let (record, root) = try score(.radiograph, threshold: 1.1)
    defer { try? FileManager.default.removeItem(atPath: root) }
    guard case .result(let result) = record else { return #expect(Bool(false), "no result") }
    let finding = try #require(result.findings.first)
    #expect(!finding.isPositive && finding.regions.isEmpty)
    #expect(finding.outputs.map(\.kind) == [.preview])
  }

  /// A second network draws the regions: its threshold and its filter decide.
  @Test(arguments: [PhantomSet.Kind.radiograph, .computedTomography])
  func regionsOfASegmentationNetwork(_ kind: PhantomSet.Kind) throws {
    func finding(_ threshold: Double, leastMean: Double = 0) throws -> FindingDraft {
      let (record, root) = try score(
        kind, threshold: 0,
        segmentation: .init(
          network: .uNet(.init(width: 2, depth: 2)), threshold: threshold,
          leastMeanProbability: leastMean))
      defer { try? FileManager.default.removeItem(atPath: root) }
      guard case .result(let result) = record else { throw StopTest() }
      return try #require(result.findings.first)
    }
    let all = try finding(0.01)
    #expect(all.method == "segmentation" && all.isPositive && !all.regions.isEmpty)
    for region in all.regions {
      #expect((region.mean ?? 0) > 0.01 && (region.peak ?? 2) < 1)
    }
    #expect(try finding(0.9999).regions.isEmpty)
    #expect(try finding(0.01, leastMean: 0.9999).regions.isEmpty)
  }

  /// The finding, every object and the picture say what the model says of its scores.
  @Test(arguments: [PhantomSet.Kind.radiograph, .computedTomography])
  func experimentalScoresAreMarked(_ kind: PhantomSet.Kind) throws {
    var pictures: [Bool?: String] = [:]
    for stated in [nil, false, true] as [Bool?] {
      let (record, root) = try score(kind, threshold: 0, experimental: stated)
      defer { try? FileManager.default.removeItem(atPath: root) }
      guard case .result(let result) = record else { throw StopTest() }
      let finding = try #require(result.findings.first)
      #expect(finding.isExperimental == stated)
      for output in finding.outputs where output.kind != .preview {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: root + "/out/" + output.path))
        let mark = bytes.range(of: Data(", experimental RESEARCH ONLY".utf8)) != nil
        #expect(mark == (stated == true), "\(output.kind)")
        if output.kind == .presentationState {
          let note = bytes.range(of: Data("% EXPERIMENTAL (research only)".utf8)) != nil
          #expect(note == (stated == true))
        }
      }
      pictures[stated] = finding.outputs.first { $0.kind == .preview }?.sha256
    }
    #expect(pictures.count == 3 && pictures[nil] == pictures[false])
    #expect(pictures[true] != pictures[false])
  }

  @Test func experimentalModelsAreNamed() throws {
    let root = try folder()
    defer { try? FileManager.default.removeItem(atPath: root) }
    for stated in [nil, false, true] as [Bool?] {
      try TinyModels.write(to: root, experimental: stated)
      let names = try ScoringModels(folder: root).experimental.map(\.name)
      #expect(names == (stated == true ? ["pneumothorax", "lesion-ct"] : []))
    }
  }

  private struct StopTest: Error {}

  @Test func secondRunWritesTheSameBytes() throws {
    let (first, a) = try score(.computedTomography, threshold: 0)
    let (second, b) = try score(.computedTomography, threshold: 0)
    defer { for root in [a, b] { try? FileManager.default.removeItem(atPath: root) } }
    guard case .result(let one) = first, case .result(let two) = second else {
      return #expect(Bool(false), "no result")
    }
    let outputs = one.findings.flatMap(\.outputs)
    #expect(outputs.count == 4)
    #expect(outputs == two.findings.flatMap(\.outputs))
    #expect(one.findings.first?.volumeML == two.findings.first?.volumeML)
  }

  @Test func segmentationHoldsTheRegionsOnTheirSlices() throws {
    let (record, root) = try score(.computedTomography, threshold: 0)
    defer { try? FileManager.default.removeItem(atPath: root) }
    guard case .result(let result) = record, let finding = result.findings.first,
      let object = finding.outputs.first(where: { $0.kind == .segmentation })
    else { return #expect(Bool(false), "no segmentation") }
    let masks = try SegmentationMasks(path: Sensitive(root + "/out/" + object.path))
    let slices = finding.regions.reduce(0) { sum, region in
      sum + (region.lastFrame ?? 0) - (region.firstFrame ?? 0) + 1
    }
    #expect(masks.frames.count == slices)
    #expect(masks.frames.allSatisfy { $0.mask.width == 96 && !$0.mask.isEmpty })
  }

  /// A presentation state holds one modality transform; the intercept may change by slice.
  @Test func slicesOfTwoTransformsGetTwoPresentationStates() throws {
    let (record, root) = try score(.computedTomography, threshold: 0) { folder in
      let names = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
      for (index, name) in names.filter({ $0.hasSuffix(".dcm") }).enumerated() where index % 2 == 0
      {
        try Self.shiftIntercept(of: folder + "/" + name)
      }
    }
    defer { try? FileManager.default.removeItem(atPath: root) }
    guard case .result(let result) = record else { return #expect(Bool(false), "no result") }
    let states = result.findings.flatMap(\.outputs).filter { $0.kind == .presentationState }
    #expect(states.count == 2)
    #expect(Set(states.map(\.path)).count == 2 && Set(states.map(\.sopInstanceUID)).count == 2)
    #expect(result.outcomes.isEmpty)
  }

  /// The slice whose UID is first has half the rows: it is left out of the volume, and must not
  /// keep the others from their objects.
  @Test func sliceOfAnotherGridIsLeftOut() throws {
    let (record, root) = try score(.computedTomography, threshold: 0) { folder in
      let paths = try FileManager.default.subpathsOfDirectory(atPath: folder)
        .filter { $0.hasSuffix(".dcm") }.map { folder + "/" + $0 }
      let instances = try paths.map { try DCMTKReader().read(path: $0) }
      let first = try #require(instances.min { $0.sopInstanceUID < $1.sopInstanceUID })
      try Self.halveRows(of: first.path.value)
    }
    defer { try? FileManager.default.removeItem(atPath: root) }
    guard case .result(let result) = record else { return #expect(Bool(false), "no result") }
    let finding = try #require(result.findings.first)
    #expect(finding.lungQualityFlags.contains("other-stacks-left-out"))
    #expect(finding.outputs.count == 4)
  }

  /// Rows (0028,0010), a US of explicit VR little endian; the pixels beyond are padding.
  private static func halveRows(of path: String) throws {
    var data = try Data(contentsOf: URL(fileURLWithPath: path))
    let head = Data([0x28, 0x00, 0x10, 0x00]) + Data("US".utf8) + Data([2, 0])
    let place = try #require(data.range(of: head))
    data[place.upperBound] /= 2
    try data.write(to: URL(fileURLWithPath: path))
  }

  /// Rescale Intercept (0028,1052), a DS of explicit VR little endian: the last digit plus one.
  private static func shiftIntercept(of path: String) throws {
    var data = try Data(contentsOf: URL(fileURLWithPath: path))
    let head = Data([0x28, 0x00, 0x52, 0x10]) + Data("DS".utf8)
    let place = try #require(data.range(of: head))
    let count = Int(data[place.upperBound])
    let value = place.upperBound + 2..<place.upperBound + 2 + count
    let last = try #require(value.last { (0x30...0x38).contains(data[$0]) })
    data[last] += 1
    try data.write(to: URL(fileURLWithPath: path))
  }

  @Test func missingModelIsNamed() throws {
    let root = try folder()
    defer { try? FileManager.default.removeItem(atPath: root) }
    #expect(throws: ScoringError(.modelMissing, model: "pneumothorax")) {
      try ScoringModels(folder: root)
    }
  }
}
