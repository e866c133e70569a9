import Foundation
import Graphs
import Tensors
import Testing
import Training

/// The fields that recipes gained, and that those without them mean what they meant.
@Suite struct RecipeFieldTests {
  private static var checkout: String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
  }

  @Test(arguments: [
    "lungs-radiograph/recipe", "pneumothorax/recipe-classifier", "lesion-ct/recipe",
  ])
  func shippedRecipesMeanWhatTheyDid(_ name: String) throws {
    let recipe = try Recipe.load(path: Self.checkout + "/models/\(name).json")
    let (optimizer, schedule) = (recipe.optimizer, recipe.schedule)
    #expect(optimizer.kind == .adam && optimizer.decayForm == .coupled)
    #expect(optimizer.clipNorm == nil && optimizer.clipValue == nil && optimizer.groups == nil)
    #expect(schedule.kind == .cosine && schedule.minimumRate(at: 1000) == 0)
    #expect(recipe.averageWarming == nil && recipe.checkpointEvery == nil)
    // The digest of a checkpoint is made of this form: new keys would orphan old checkpoints.
    let plain = try JSONSerialization.jsonObject(with: JSONEncoder().encode(recipe))
    let keys = (plain as? [String: Any]) ?? [:]
    #expect(
      Set((keys["optimizer"] as? [String: Any] ?? [:]).keys) == [
        "kind", "rate", "beta1", "beta2", "epsilon", "momentum", "weightDecay",
      ])
    #expect(
      Set((keys["schedule"] as? [String: Any] ?? [:]).keys) == [
        "kind", "power", "every", "factor", "warmup", "floor",
      ])
    #expect(keys["averageWarming"] == nil && keys["checkpointEvery"] == nil)
    #expect(recipe.experimental == (name.hasPrefix("pneumothorax") ? true : nil))
    #expect((keys["experimental"] == nil) == (recipe.experimental == nil))
  }

  @Test func newFieldsAreRead() throws {
    let text = """
      {"kind": "radam", "rate": 1e-5, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "momentum": 0,
       "weightDecay": 1e-5, "variant": "torch", "decay": "decoupled", "decayScope": "all",
       "clipNorm": 1, "groups": [{"match": "head.*", "rate": 10, "weightDecay": 0},
                                 {"match": "*.bias", "rate": 2}]}
      """
    let settings = try JSONDecoder().decode(OptimizerSettings.self, from: Data(text.utf8))
    #expect(settings.kind == .radam && settings.variant == .torch)
    #expect(settings.decayForm == .decoupled && settings.decayScope == .all)
    #expect(settings.group(of: "head.bias")?.rate == 10)
    #expect(settings.group(of: "c1.bias")?.rate == 2)
    #expect(settings.group(of: "c1.weight") == nil)
    let schedule = try JSONDecoder().decode(
      RateSchedule.self,
      from: Data(
        """
        {"kind": "milestones", "power": 1, "every": 1, "factor": 0.1, "warmup": 0, "floor": 0,
         "per": "epoch", "milestones": [12, 18], "length": 24, "minimumRate": 1e-6}
        """.utf8))
    #expect(schedule.per == .epoch && schedule.milestones == [12, 18])
    #expect(schedule.length == 24 && schedule.minimumRate == 1e-6)
  }

  @Test(arguments: [
    ("*.bias", "head.bias", true), ("*.bias", "bias", false), ("*.bias", "a.bias.x", false),
    ("head.*", "head.weight", true), ("head.*", "ahead.weight", false),
    ("head.bias", "head.bias", true), ("head", "head.bias", false), ("*", "anything", true),
    ("a*.1.*s", "ab.1.bias", true), ("a*.1.*s", "a.1.s", true), ("ab*ba", "aba", false),
    ("a*b*c", "acb", false), ("*x*x*", "ax", false), ("*x*x*", "axx", true), ("**", "", true),
  ])
  func names(_ pattern: String, _ name: String, _ expected: Bool) {
    #expect(OptimizerSettings.Group(match: pattern).matches(name) == expected)
  }

  private static var ones: Parameters {
    let names = ["frozen.bias", "a.bias", "a.weight"]
    return Parameters(Dictionary(uniqueKeysWithValues: names.map { ($0, Tensor([1], [1])) }))
  }

  @Test func groupRatesAreFactorsAndZeroStays() {
    var settings = OptimizerSettings(kind: .sgd, rate: 1, momentum: 0)
    settings.groups = [.init(match: "frozen.*", rate: 0), .init(match: "*.bias", rate: 2)]
    var parameters = Self.ones
    var optimizer = Optimizer(settings)
    optimizer.step(&parameters, gradients: Self.ones, rate: 0.125, floor: 0.1875)
    #expect(parameters["frozen.bias"]?.scalar == 1)
    #expect(parameters["a.bias"]?.scalar == 0.75)
    #expect(parameters["a.weight"]?.scalar == 0.8125)
  }

  /// The examples of docs/recipes.md are recipes.
  @Test func examplesOfThePageAreRead() throws {
    let page = try String(contentsOfFile: Self.checkout + "/docs/recipes.md", encoding: .utf8)
    let examples = page.components(separatedBy: "```json\n").dropFirst()
      .compactMap { $0.components(separatedBy: "```").first }.map { Data($0.utf8) }
    #expect(examples.count == 3)
    var recipe = try ToyCorpus.recipe(epochs: 50)
    recipe.optimizer = try JSONDecoder().decode(OptimizerSettings.self, from: examples[0])
    for example in examples.dropFirst() {
      recipe.schedule = try JSONDecoder().decode(RateSchedule.self, from: example)
      try recipe.check()
      #expect(recipe.schedule.factor(at: 12, of: 600, stepsPerEpoch: 12) < 1)
      #expect(recipe.schedule.factor(at: 11, of: 600, stepsPerEpoch: 12) == 1)
    }
    #expect(recipe.optimizer.group(of: "head.bias")?.rate == 20)
  }

  @Test func contradictionsAreRefused() throws {
    let wrong: [(inout Recipe) -> Void] = [
      { $0.optimizer.beta2 = 1 }, { $0.optimizer.beta1 = -0.1 }, { $0.optimizer.rate = .nan },
      { $0.optimizer.weightDecay = -1 }, { $0.optimizer.clipNorm = 0 },
      { ($0.optimizer.clipNorm, $0.optimizer.clipValue) = (1, 1) },
      { ($0.optimizer.kind, $0.optimizer.decay) = (.adamW, .coupled) },
      { $0.optimizer.variant = .torch }, { $0.optimizer.groups = [.init(match: "trunk.*")] },
      { $0.optimizer.groups = [.init(match: "*", rate: -1)] },
      { $0.optimizer.groups = [.init(match: "*.running_mean")] },
      { $0.schedule.every = 0 }, { $0.schedule.kind = .milestones },
      { ($0.schedule.kind, $0.schedule.milestones) = (.milestones, [5, 3]) },
      { $0.schedule.length = 0 }, { $0.schedule.minimumRate = -1 }, { $0.schedule.warmup = -1 },
      { $0.averageDecay = 1.5 }, { $0.checkpointEvery = 0 },
    ]
    for (index, change) in wrong.enumerated() {
      var recipe = try ToyCorpus.recipe(epochs: 1)
      try recipe.check()
      change(&recipe)
      #expect(throws: TrainingError(.recipe), "\(index)") { try recipe.check() }
    }
    var recipe = try ToyCorpus.recipe(epochs: 1)
    recipe.optimizer.groups = [.init(match: "head.*", rate: 10), .init(match: "*.weight")]
    try recipe.check()
  }
}
