import Foundation
import Graphs
import Imaging
import Networks
import Tensors
import Testing
import Training

/// A network whose logit is 4 times the mean of its input, and whose map is 4 times the input.
@Suite struct EvaluationTests {
  private func model(threshold: Double) throws -> ModelPackage {
    let network = NetworkSpec.vggGAP(
      .init(inChannels: 1, widths: [[1]], outputs: 1, batchNorm: false))
    var kernel = Tensor(zeros: [1, 1, 3, 3])
    kernel.values[4] = 1
    var description = ModelDescription(
      name: "mean", version: "1", task: .classification, modalities: ["CR"],
      labels: [.init(name: "toy", display: "Toy")], network: network,
      preparation: ImagePreparation(
        width: 24, height: 24, normalisation: .lungMedian, low: 0.3, high: 0.7))
    description.calibration = .init(a: -1, b: 0)
    description.operatingPoint = .init(threshold: 0.5, targetSensitivity: 0.9)
    description.map = .init(method: "cam", threshold: threshold)
    return try ModelPackage(
      description,
      parameters: Parameters([
        "stage0.conv0.weight": kernel, "stage0.conv0.bias": Tensor([1], [0]),
        "head.weight": Tensor([1, 1], [4]), "head.bias": Tensor([1], [0]),
      ]))
  }

  @Test func aBrightnessModelSeparatesTheToyAndReportsItself() throws {
    let corpus = try ToyCorpus()
    defer { corpus.remove() }
    var source = Recipe.Source(kind: .pictures, use: .validation)
    source.list = "labels.csv"
    source.split = "val"
    let report = try Evaluation.run(
      model: try model(threshold: 1), on: source,
      options: .init(corpusRoot: corpus.folder, threads: 2))
    #expect(report.n == 16 && report.positives == 8)
    #expect((report.auroc?.value ?? 0) > 0.7)
    // Darkness is brightness turned round.
    #expect((report.darknessAUROC?.value ?? 1) < 0.3)
    #expect(report.map == nil)  // nobody drew the squares
    #expect(report.operatingPoint?.threshold == 0.5)
    #expect(try report.json().contains("\"set\" : \"labels.csv split val\""))
    #expect(throws: TrainingError(.noSamples)) {
      try Evaluation.run(
        model: try model(threshold: 1), on: source, label: "other",
        options: .init(corpusRoot: corpus.folder, threads: 1))
    }
  }

  @Test func phantomsComeWithPixelTruthAndBaselines() throws {
    let source = Recipe.Source(
      kind: .radiographPhantoms, use: .validation, seed: 5, count: 12, size: 64)
    let report = try Evaluation.run(
      model: try model(threshold: -100), on: source, options: .init(threads: 2))
    let map = try #require(report.map)
    // Without a lung model the lung is the whole film, and a threshold below every value marks
    // whatever the map has above zero.
    #expect(map.allEmptyDice.positivesOnly?.value == 0)
    #expect((map.wholeLungDice.positivesOnly?.value ?? 0) > 0)
    #expect((map.pixelAP ?? 0) > 0)
    #expect(map.prevalenceInLung > 0 && map.prevalenceInLung < 0.5)
  }

  @Test func recipesOfTheShippedModelsAreValid() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().path
    for name in ["lungs-cxr", "pneumothorax-cxr", "lesion-ct"] {
      let recipe = try Recipe.load(path: root + "/models/\(name)/recipe.json")
      #expect(recipe.name == name)
      // Weights that ship must not come from pictures under a non-commercial licence.
      for source in recipe.sources where source.kind == .pictures && source.use == .train {
        let licences = try #require(source.licences)
        #expect(!licences.isEmpty && licences.allSatisfy { !$0.contains("NC") })
      }
    }
  }
}
