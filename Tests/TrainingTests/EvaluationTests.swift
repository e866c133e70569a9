import Foundation
import Graphs
import Imaging
import Networks
import Tensors
import Testing
import Training

@Suite struct EvaluationTests {
  @Test func aBrightnessModelSeparatesTheToyAndReportsItself() throws {
    let corpus = try ToyCorpus()
    defer { corpus.remove() }
    var source = Recipe.Source(kind: .pictures, use: .validation)
    source.list = "labels.csv"
    source.split = "val"
    let report = try Evaluation.run(
      model: try MeanModel.package(threshold: 1), on: source,
      options: .init(corpusRoot: corpus.folder, threads: 2))
    #expect(report.n == 16 && report.positives == 8)
    #expect((report.auroc?.value ?? 0) > 0.7)
    // Darkness is brightness turned round.
    #expect((report.darknessAUROC?.value ?? 1) < 0.3)
    #expect(report.map == nil)  // nobody drew the squares
    #expect(report.operatingPoint?.threshold == 0.5)
    #expect(try report.json().contains("\"set\" : \"labels.csv split val\""))
    #expect(throws: TrainingError(.labelUnknown, column: "other")) {
      try Evaluation.run(
        model: try MeanModel.package(threshold: 1), on: source, label: "other",
        options: .init(corpusRoot: corpus.folder, threads: 1))
    }
  }

  @Test func aModelThatNeedsLungsIsNotMeasuredWithoutThem() throws {
    let model = try MeanModel.package(threshold: 1) { $0.preparation.crop = .lungBox }
    let source = Recipe.Source(
      kind: .radiographPhantoms, use: .validation, seed: 5, count: 2, size: 64)
    #expect(throws: TrainingError(.lungsMissing)) {
      try Evaluation.run(model: model, on: source, options: .init(threads: 1))
    }
  }

  @Test func theReportNamesTheLungModel() throws {
    let source = Recipe.Source(
      kind: .radiographPhantoms, use: .validation, seed: 5, count: 2, size: 64)
    var options = Evaluation.Options(threads: 1)
    options.lungModelDigest = "0a1b"
    let report = try Evaluation.run(
      model: try MeanModel.package(threshold: 1), on: source, options: options)
    #expect(try report.json().contains("\"lungModelDigest\" : \"0a1b\""))
  }

  @Test(arguments: [(nil, "null"), (false, "false"), (true, "true")] as [(Bool?, String)])
  func theReportSaysWhatTheModelSaysOfItsScores(_ stated: Bool?, _ json: String) throws {
    let source = Recipe.Source(
      kind: .radiographPhantoms, use: .validation, seed: 5, count: 2, size: 64)
    let report = try Evaluation.run(
      model: try MeanModel.package(threshold: 1) { $0.experimental = stated }, on: source,
      options: .init(threads: 1))
    #expect(try report.json().contains("\"experimental\" : \(json),"))
  }

  @Test func phantomsComeWithPixelTruthAndBaselines() throws {
    let source = Recipe.Source(
      kind: .radiographPhantoms, use: .validation, seed: 5, count: 12, size: 64)
    let report = try Evaluation.run(
      model: try MeanModel.package(threshold: -100), on: source, options: .init(threads: 2))
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
    for (name, file) in [
      ("lungs-radiograph", "recipe"), ("pneumothorax", "recipe-classifier"),
      ("lesion-ct", "recipe"),
    ] {
      let recipe = try Recipe.load(path: root + "/models/\(name)/\(file).json")
      #expect(recipe.name == name)
      // Weights that ship must not come from pictures under a non-commercial licence.
      for source in recipe.sources where source.kind == .pictures && source.use == .train {
        let licences = try #require(source.licences)
        #expect(!licences.isEmpty && licences.allSatisfy { !$0.contains("NC") })
      }
    }
  }
}
