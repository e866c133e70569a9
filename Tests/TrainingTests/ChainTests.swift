import Foundation
import Graphs
import Imaging
import Localization
import Lungs
import Networks
import Tensors
import Testing
import Training

/// The three-step method at the smallest size that still runs every part.
@Suite struct ChainTests {
  static func recipe() throws -> ChainRecipe {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../models/pneumothorax/recipe-mini.json").path
    return try RecipeFile(
      path, configuration: nil, models: "",
      changes: [
        "sources.0.count=16", "sources.1.count=8", "sources.2.count=8", "sources.0.size=96",
        "sources.1.size=96", "sources.2.size=96", "preparation.width=64", "preparation.height=64",
        "classifier.epochs=2", "classifier.stepsPerEpoch=3", "classifier.batch=4",
        "affinity.learning.epochs=1", "affinity.learning.stepsPerEpoch=2",
        "affinity.learning.batch=4", "segmentation.learning.epochs=2",
        "segmentation.learning.stepsPerEpoch=3", "segmentation.learning.batch=4",
      ]
    ).chain()
  }

  /// With the lung model that the recipe names, as it ships.
  private func options(threads: Int) throws -> TrainingRun.Options {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../models/lungs-radiograph").path
    var options = TrainingRun.Options(threads: threads)
    options.lungs = try RadiographLungs(model: ModelPackage.load(path))
    return options
  }

  private func folder() -> String { NSTemporaryDirectory() + "chain-\(UUID().uuidString)" }

  @Test func runsEveryStepAndWritesAModelOfTwoNetworks() throws {
    let out = folder()
    defer { try? FileManager.default.removeItem(atPath: out) }
    var steps: [String] = []
    let model = try #require(
      try ChainRun(recipe: try Self.recipe(), options: try options(threads: 2), out: out).run(
        progress: { if case .figures(let figures) = $0 { steps.append(figures.step) } }))
    #expect(
      steps == [
        "baseline: whole lung", "baseline: darkest tenth of the lung", "cam", "grad-cam",
        "grad-cam++", "seeds", "affinity", "segmentation", "ceiling",
      ])
    let loaded = try ModelPackage.load(out)
    #expect(loaded.digest == model.digest)
    #expect(loaded.description.name == "pneumothorax-mini")
    try loaded.verify(workspace: Workspace(threads: 1))
    #expect(loaded.description.segmentation != nil)
    #expect(loaded.description.experimental == true)
    let reading = try Classifier(model: loaded).read(
      loaded.description.preparation.prepare(Image(width: 70, height: 80, filling: 0.5)),
      using: Workspace(threads: 1))
    #expect(reading.heatmap?.method == "segmentation")
    #expect(reading.heatmap?.image.width == 64)
    let pictures = try FileManager.default.contentsOfDirectory(atPath: out + "/pictures")
    #expect(
      pictures.sorted() == [
        "1-classifier-0002.png", "6-segmentation-0002.png", "7-ceiling-0002.png",
      ])
    let figures = try JSONDecoder().decode(
      [StepFigures].self, from: Data(contentsOf: URL(fileURLWithPath: out + "/figures.json")))
    #expect(figures.map(\.step) == steps)
    #expect(figures.allSatisfy { $0.positives > 0 && $0.pixelAP != nil })
  }

  /// Stops after each question whether to stop, so at every step and every piece of a stage.
  @Test func stoppedAnywhereItEndsWithTheSameBits() throws {
    let (whole, parts) = (folder(), folder())
    defer { for path in [whole, parts] { try? FileManager.default.removeItem(atPath: path) } }
    let recipe = try Self.recipe()
    let one = try ChainRun(recipe: recipe, options: try options(threads: 1), out: whole).run()
    var other: ModelPackage?
    var calls = 0
    while other == nil, calls < 60 {
      calls += 1
      var questions = 0
      other = try ChainRun(recipe: recipe, options: try options(threads: 2), out: parts).run(
        shouldStop: {
          questions += 1
          return questions > 2
        })
    }
    #expect(calls > 4)
    #expect(other?.digest == one?.digest)
    for name in ["figures.json", "golden.safetensors", "model.json"] {
      #expect(
        FileManager.default.contents(atPath: whole + "/" + name)
          == FileManager.default.contents(atPath: parts + "/" + name))
    }
  }

  /// A hospital's films have no drawn truth: there is no ceiling to train and nothing to measure,
  /// but a model.
  @Test func filmsWithImageLabelsAloneMakeAModel() throws {
    let films = try TestFolder()
    let out = folder()
    defer { try? FileManager.default.removeItem(atPath: out) }
    var list = "study,pneumothorax,split\n"
    for number in 0..<16 {
      var film = FilmFixture(number)
      (film.width, film.height) = (64, 64)
      try film.write("\(films.path)/in/\(number).dcm")
      let split = number < 8 ? "train" : number < 12 ? "val" : "test"
      list += "\(FilmFixture.uid(film.study)),\(number % 2),\(split)\n"
    }
    try films.write(list, "labels.csv")
    let recipe = try Self.recipe()
    #expect(recipe.segmentation.ceiling == true)
    var options = try options(threads: 2)
    options.data = try DatasetReader.open(
      DatasetRequest(path: films.path, kind: .dicom, names: ["pneumothorax"], threads: 2))
    var stages: [String] = []
    let model = try ChainRun(recipe: recipe, options: options, out: out).run(
      progress: {
        if case .started(let stage, _, let count) = $0 { stages.append("\(stage)/\(count)") }
      })
    #expect(try ModelPackage.load(out).digest == model?.digest)
    #expect(stages.last == "6-segmentation/6")
    #expect(!FileManager.default.fileExists(atPath: out + "/figures.json"))
  }

  @Test func refusesAFolderOfAnotherRun() throws {
    let out = folder()
    defer { try? FileManager.default.removeItem(atPath: out) }
    var recipe = try Self.recipe()
    let options = try options(threads: 2)
    _ = try ChainRun(recipe: recipe, options: options, out: out).run()
    recipe.seeds.foreground = 0.45
    #expect(throws: TrainingError(.checkpointMismatch)) {
      try ChainRun(recipe: recipe, options: options, out: out).run()
    }
  }

  @Test func refusesDataOfOneClass() throws {
    var recipe = try Self.recipe()
    recipe.sources[0].count = 1
    let out = folder()
    defer { try? FileManager.default.removeItem(atPath: out) }
    #expect(throws: TrainingError(.oneClassOnly)) {
      try ChainRun(recipe: recipe, options: try options(threads: 1), out: out).run()
    }
  }

  @Test func refusesImpossibleRecipes() throws {
    func expectRefusal(_ change: (inout ChainRecipe) -> Void) throws {
      var recipe = try Self.recipe()
      change(&recipe)
      #expect(throws: TrainingError(.recipe)) { try recipe.check() }
    }
    try expectRefusal { $0.seeds.background = 0.5 }
    try expectRefusal { $0.maps.method = "guess" }
    try expectRefusal { $0.affinity.radius = 1 }
    try expectRefusal { $0.walk.times = 99 }
    try expectRefusal { $0.segmentation.threshold = 2 }
    try expectRefusal { $0.segmentation.learning.network = nil }
    try expectRefusal { $0.classifier.dropBlock?.rate = 1 }
    try expectRefusal { $0.lungModel = nil }
    try expectRefusal { $0.segmentation.learning.loss?.positiveWeight = 2 }
  }

  @Test func balancingWeightIsTheRootOfTheRatioUpTo20() {
    #expect(SegmentationLoss.balancingWeight(positive: 100, total: 1000) == 3)
    #expect(SegmentationLoss.balancingWeight(positive: 1, total: 1_000_000) == 20)
    #expect(SegmentationLoss.balancingWeight(positive: 0, total: 10) == 1)
  }

  @Test func changesFieldsOfARecipe() throws {
    let path = NSTemporaryDirectory() + "recipe-\(UUID().uuidString).json"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try #"{"a": {"b": [1, {"c": 2}]}, "d": 3}"#.write(
      toFile: path, atomically: true, encoding: .utf8)
    func text(_ changes: String...) throws -> String {
      let file = try RecipeFile(path, configuration: nil, models: "", changes: changes)
      return String(decoding: file.data, as: UTF8.self)
    }
    #expect(try text("a.b.1.c=\"x\"") == #"{"a":{"b":[1,{"c":"x"}]},"d":3}"#)
    #expect(try text("d=null") == #"{"a":{"b":[1,{"c":2}]}}"#)
    #expect(try text("e.f=word", "d=null", "a=null") == #"{"e":{"f":"word"}}"#)
    #expect(throws: TrainingError(.recipe, index: 0)) { _ = try text("a.b.7=1") }
    #expect(throws: TrainingError(.recipe, index: 1)) { _ = try text("d=1", "d") }
  }
}

/// Figures whose values are known by hand.
@Suite struct StepFiguresTests {
  @Test func pooledFiguresOfASmallCase() throws {
    // Truth: the two left cells of 2 x 2; said: the upper row.
    let truth = Mask(width: 2, height: 2, bits: [1, 0, 1, 0])
    let preparation = ImagePreparation(width: 2, height: 2)
    let prepared = preparation.prepare(Image(width: 2, height: 2, pixels: [0, 0.3, 0.6, 1]))
    let sample = TrainingSample(
      image: prepared, labels: [1], truth: truth, patient: "a", source: 0, origin: "")
    let figures = StepFigures(
      StepResult(
        step: "x", maps: [Image(width: 2, height: 2, pixels: [0.9, 0.8, 0.4, 0.1])],
        masks: [Mask(width: 2, height: 2, bits: [1, 1, 0, 0])]), samples: [sample])
    #expect(figures.dice?.value == 0.5)
    #expect(abs((figures.pooledIoU ?? 0) - 1 / 3) < 1e-12)
    #expect(abs((figures.mIoU ?? 0) - 1 / 3) < 1e-12)
    // Precision 1 at the first true cell, 2/3 at the second.
    #expect(abs((figures.pixelAP ?? 0) - (1 + 2.0 / 3) / 2) < 1e-12)
    #expect(abs((figures.bestPooledDice ?? 0) - 0.8) < 1e-12)
    #expect(figures.hitRate?.value == 1)
  }
}
