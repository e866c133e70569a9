import Foundation
import Graphs
import Imaging
import Localization
import Networks
import Tensors
import Testing
import Training

/// Few masks and many labels at the smallest size that still runs every part.
@Suite struct MixedRunTests {
  private static let small = [
    "sources.0.count=4", "sources.1.count=8", "sources.2.count=4", "sources.3.count=4",
    "sources.0.size=64", "sources.1.size=64", "sources.2.size=64", "sources.3.size=64",
    "preparation.width=48", "preparation.height=48",
    "classifier.epochs=1", "classifier.stepsPerEpoch=2", "classifier.batch=4",
    "encoder.epochs=1", "encoder.stepsPerEpoch=2", "encoder.batch=4",
    "affinity.learning.epochs=1", "affinity.learning.stepsPerEpoch=2",
    "affinity.learning.batch=4",
    "segmentation.learning.epochs=2", "segmentation.learning.stepsPerEpoch=2",
    "segmentation.learning.batch=4", "segmentation.learning.validateEvery=1",
  ]

  static func recipe(_ changes: [String] = []) throws -> MixedRecipe {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../models/findings-radiograph/recipe-mini.json").path
    return try RecipeFile(path, configuration: nil, models: "", changes: small + changes).mixture()
  }

  private static let everything = """
    segmentation.variants=[\
    {"name":"affinity","expertProbability":0.5,"pseudo":"affinity","start":"classifier"},\
    {"name":"otsu","expertProbability":0.5,"pseudo":"otsu","start":"contrastive","others":4},\
    {"name":"weak","expertProbability":0,"pseudo":"threshold","draw":"reference"},\
    {"name":"expert","expertProbability":1,"experts":2},\
    {"name":"student","teacher":"expert"}]
    """
  private static let contrast = """
    contrast={"dimension":8,"queue":8,"momentum":0.9,"temperature":0.07,"learning":\
    {"batch":4,"epochs":1,"stepsPerEpoch":3,\
    "optimizer":{"kind":"adam","rate":0.001,"beta1":0.9,"beta2":0.999,"epsilon":1e-8,\
    "momentum":0.9,"weightDecay":0},\
    "schedule":{"kind":"constant","power":0.9,"every":1,"factor":0.1,"warmup":0,"floor":0},\
    "augmentation":{"shift":0.05,"scale":0.05,"rotation":5,"brightness":0.1,"contrast":0.1,\
    "gamma":0.1,"noise":0.02,"mirror":0.5}}}
    """

  private func folder() -> String { NSTemporaryDirectory() + "mixed-\(UUID().uuidString)" }

  private func run(
    _ recipe: MixedRecipe, _ out: String, threads: Int = 2, steps: (String) -> Void = { _ in },
    stop: @escaping () -> Bool = { false }
  ) throws -> ModelPackage? {
    var names: [String] = []
    let model = try MixedRun(
      recipe: recipe, options: TrainingRun.Options(threads: threads), out: out
    ).run(
      progress: { if case .mixed(let figures) = $0 { names.append(figures.step) } },
      shouldStop: stop)
    names.forEach(steps)
    return model
  }

  @Test func trainsEveryVariantAndWritesAModelOfAllLabels() throws {
    let out = folder()
    defer { try? FileManager.default.removeItem(atPath: out) }
    var steps: [String] = []
    let recipe = try Self.recipe([Self.everything, Self.contrast])
    let model = try #require(try run(recipe, out, steps: { steps.append($0) }))
    #expect(
      steps == [
        "baseline: mean of the expert masks", "pseudo: threshold", "pseudo: otsu",
        "pseudo: affinity", "affinity", "otsu", "weak", "expert", "student",
      ])
    let loaded = try ModelPackage.load(out)
    #expect(loaded.digest == model.digest)
    try loaded.verify(workspace: Workspace(threads: 1))
    let description = loaded.description
    #expect(description.labels.map(\.name) == recipe.labels.map(\.name))
    #expect(description.labels.allSatisfy { $0.mapThreshold != nil && $0.code != nil })
    #expect(description.segmentation?.network.outputs == 5)
    #expect(FileManager.default.fileExists(atPath: out + "/pictures/variants-1.png"))
    let report = try #require(
      try JSONSerialization.jsonObject(
        with: Data(contentsOf: URL(fileURLWithPath: out + "/figures.json"))) as? [String: Any])
    #expect((report["steps"] as? [Any])?.count == steps.count)
  }

  /// Stopped after each question whether to stop, so at every step and every piece of a stage.
  @Test func stoppedAnywhereItEndsWithTheSameBits() throws {
    let (whole, parts) = (folder(), folder())
    defer { for path in [whole, parts] { try? FileManager.default.removeItem(atPath: path) } }
    let recipe = try Self.recipe([Self.everything, Self.contrast])
    let one = try #require(try run(recipe, whole, threads: 1))
    var other: ModelPackage?
    var calls = 0
    while other == nil, calls < 300 {
      var asked = 0
      other = try run(
        recipe, parts,
        stop: {
          asked += 1
          return asked > 3
        })
      calls += 1
    }
    #expect(calls > 5)
    #expect(other?.digest == one.digest)
  }

  /// Of "student" the same stage folder cannot serve another teacher.
  @Test func anotherRecipeNeedsAnotherFolder() throws {
    let out = folder()
    defer { try? FileManager.default.removeItem(atPath: out) }
    _ = try run(try Self.recipe(), out)
    #expect {
      try run(try Self.recipe(["segmentation.learning.epochs=1"]), out)
    } throws: { ($0 as? TrainingError)?.code == .checkpointMismatch }
  }

  @Test(arguments: [
    "segmentation.variants.0.name=\"../x\"", "segmentation.variants.0.teacher=\"nobody\"",
    "segmentation.variants.0.start=\"contrastive\"", "segmentation.variants.0.start=\"imported\"",
    "segmentation.variants.0.expertProbability=1.5", "segmentation.product=\"nobody\"",
    "sources.0.annotated=false", "classifier.network.outputs=4", "sources.1.findings.ghost=0.1",
    "seeds=null",
  ])
  func refusesWhatCannotBe(_ change: String) {
    #expect {
      _ = try Self.recipe([change])
    } throws: { ($0 as? TrainingError)?.code == .recipe }
  }

  /// A label left open is learned by the rule: the three-class network has three logits for it.
  @Test(arguments: ["ignore", "zeros", "ones", "three-class"])
  func uncertainLabelsAreTrainedByEveryRule(_ rule: String) throws {
    let out = folder()
    defer { try? FileManager.default.removeItem(atPath: out) }
    let outputs = rule == "three-class" ? 15 : 5
    let recipe = try Self.recipe([
      "uncertain=\"\(rule)\"", "classifier.network.outputs=\(outputs)", "sources.1.uncertain=0.4",
      "segmentation.variants=[{\"name\":\"a\",\"expertProbability\":0.5}]",
      "segmentation.learning.epochs=1",
    ])
    let model = try #require(try run(recipe, out))
    #expect(model.description.network.outputs == 5)
  }
}
