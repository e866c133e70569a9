import Foundation
import Graphs
import Imaging
import Localization
import Networks
import Tensors
import Testing
import Training

@Suite struct NoduleRunTests {
  /// The shipped recipe, made small.
  private func recipe(_ changes: [String] = []) throws -> NoduleRecipe {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../models/nodule-ct/recipe.json").path
    let sources = [("train", 48), ("validation", 32), ("test", 40)].enumerated().map {
      number, part in
      "{\"kind\":\"ct-phantoms\",\"use\":\"\(part.0)\",\"weight\":1,"
        + "\"seed\":\(number + 1),\"count\":\(part.1),\"size\":64,\"lesions\":[\"nodule\"],"
        + "\"diameters\":[16,40]}"
    }
    func network(_ scales: Int) -> String {
      "{\"kind\":\"nam\",\"trunk\":{\"inChannels\":1,\"batchNorm\":true,\"blocks\":["
        + "{\"widths\":[6],\"dilation\":1,\"pool\":\"half\"},"
        + "{\"widths\":[8],\"dilation\":1,\"pool\":\"half\"},"
        + "{\"widths\":[8],\"dilation\":1,\"pool\":\"none\"}]},"
        + "\"width\":8,\"scales\":\(scales),\"outputs\":1}"
    }
    let parts = ["classifier", "finer.0", "finer.1", "supervised"].flatMap {
      [
        "\($0).batch=8", "\($0).epochs=3", "\($0).stepsPerEpoch=12", "\($0).validateEvery=3",
        "\($0).averageDecay=0.9",
      ]
    }
    let small =
      ["sources=[\(sources.joined(separator: ","))]", "seriesTop=3"] + parts + [
        "preparation.width=32", "preparation.height=32", "classifier.network=\(network(1))",
        "finer.0.network=\(network(2))", "finer.1.network=\(network(3))",
        "supervised.network.width=4", "supervised.network.depth=2",
      ]
    return try RecipeFile(path, configuration: nil, models: "", changes: small + changes).nodules()
  }

  private func run(
    _ recipe: NoduleRecipe, _ out: String, threads: Int = 2,
    stop: @escaping () -> Bool = { false }
  ) throws -> ModelPackage? {
    try NoduleRun(recipe: recipe, options: TrainingRun.Options(threads: threads), out: out)
      .run(shouldStop: stop)
  }

  private func folder() -> String { NSTemporaryDirectory() + "nodules-\(UUID().uuidString)" }

  private func figures(_ out: String) throws -> [NoduleFigures] {
    let data = try #require(FileManager.default.contents(atPath: out + "/figures.json"))
    return try JSONDecoder().decode([NoduleFigures].self, from: data)
  }

  @Test func theTableIsThatOfThePaper() throws {
    let out = folder()
    defer { try? FileManager.default.removeItem(atPath: out) }
    let model = try #require(
      try run(recipe(["classifier.stepsPerEpoch=40", "classifier.epochs=4"]), out))
    let rows = try figures(out)
    #expect(
      rows.map(\.method) == [
        "1-gap coarse", "1-gap fine", "2-gap coarse", "2-gap fine", "3-gap coarse", "3-gap fine",
        "u-net",
      ])
    for row in rows {
      #expect(row.slices.oneNodule == rows[0].slices.oneNodule && row.slices.oneNodule > 8)
      #expect(row.slices.oneNodule + row.slices.normal <= 40)
      // methods.md card 5: over all nodule slices, a miss counts as 0.
      let (rate, dice) = (row.truePositiveRate?.value ?? 0, row.dice?.mean ?? 0)
      #expect(abs(dice - rate * (row.hitDice?.mean ?? 0)) < 1e-9)
      let missed = row.falsePositiveRateOfNoduleSlices?.value ?? 0
      #expect(rate + missed <= 1 + 1e-9)
      #expect((row.hitAreaDifference == nil) == (rate == 0))
      #expect((row.accuracy == nil) == (row.method == "u-net"))
    }
    // One candidate of all that coarse takes.
    #expect((rows[1].truePositiveRate?.value ?? 0) <= (rows[0].truePositiveRate?.value ?? 0))
    #expect((rows[0].truePositiveRate?.value ?? 0) > 0.4)
    #expect(FileManager.default.fileExists(atPath: out + "/pictures/lesions.png"))

    // The package cuts out what the figures were measured on.
    let loaded = try ModelPackage.load(out)
    #expect(loaded.digest == model.digest && loaded.second?.names == model.second?.names)
    #expect(loaded.description.nodules?.network != nil && loaded.second != nil)
    try loaded.verify(workspace: Workspace(threads: 1))
    #expect(loaded.description.shownMap?.method == "nodule-activation-map")
    #expect(loaded.description.series?.topSlices == 3)
    var source = Recipe.Source(kind: .tomographPhantoms, use: .test)
    (source.seed, source.count, source.size) = (3, 40, 64)
    (source.lesions, source.diameters) = ([.nodule], [16, 40])
    let report = try Evaluation.run(model: loaded, on: source, options: .init(threads: 2))
    #expect((report.map?.pixelAP ?? 0) > 0.1)
    let classifier = try Classifier(model: loaded)
    let flat = loaded.description.preparation.prepare(Image(width: 64, height: 64))
    let map = try classifier.read(flat, using: Workspace(threads: 1)).heatmap
    #expect(map?.image.pixels.allSatisfy { $0 == 0 || $0 == 1 } == true)
  }

  @Test func stoppedAnywhereItEndsWithTheSameBits() throws {
    let (whole, parts) = (folder(), folder())
    defer { for path in [whole, parts] { try? FileManager.default.removeItem(atPath: path) } }
    let recipe = try recipe([
      "classifier.epochs=2", "finer.0.epochs=1", "finer.1.epochs=1", "supervised.epochs=1",
    ])
    let first = try #require(try run(recipe, whole, threads: 1))
    var calls = 0
    var last: ModelPackage?
    while last == nil, calls < 80 {
      calls += 1
      var asked = 0
      last = try run(
        recipe, parts,
        stop: {
          asked += 1
          return asked > 11
        })
    }
    #expect(calls > 2)
    #expect(last?.digest == first.digest)
    #expect(
      FileManager.default.contents(atPath: whole + "/figures.json")
        == FileManager.default.contents(atPath: parts + "/figures.json"))
  }

  /// A hospital's slices: image labels to learn from, outlines on validation slices alone. There is nothing
  /// to train a supervised network on, and the table is without it.
  @Test func imageLabelsAloneAreEnough() throws {
    let (corpus, out) = (try ToySlices(count: 24), folder())
    defer {
      corpus.remove()
      try? FileManager.default.removeItem(atPath: out)
    }
    let sources = ["train", "validation"].map {
      "{\"kind\":\"data\",\"use\":\"\($0)\",\"weight\":1,\"split\":\"\($0)\",\"folder\":\"\","
        + "\"dataset\":\"pictures\"}"
    }
    let recipe = try recipe([
      "sources=[\(sources.joined(separator: ","))]", "label.name=lesion", "finer=[]",
      "shipped=null", "classifier.epochs=1",
      "slicePictures={\"low\":-1350,\"high\":-50,\"showsLungsAlone\":true}",
    ])
    let model = try NoduleRun(
      recipe: recipe, options: TrainingRun.Options(corpusRoot: corpus.folder, threads: 2), out: out
    ).run()
    #expect(model?.description.nodules != nil)
    #expect(!FileManager.default.fileExists(atPath: out + "/u-net"))
    #expect(try figures(out).map(\.method) == ["1-gap coarse", "1-gap fine"])
    // No spacing, no area in mm2.
    #expect(try figures(out).allSatisfy { $0.hitAreaDifference == nil })
  }

  @Test func withoutASecondNetworkTheClassifierIsTheWholeModel() throws {
    let out = folder()
    defer { try? FileManager.default.removeItem(atPath: out) }
    let recipe = try recipe([
      "finer=[]", "shipped=null", "supervised=null", "classifier.epochs=1", "nodules.blobs=2",
    ])
    let model = try #require(try run(recipe, out))
    #expect(model.second == nil && model.description.nodules?.network == nil)
    #expect(try figures(out).map(\.method) == ["1-gap coarse", "1-gap fine"])
    #expect(try ModelPackage.load(out).description.nodules?.blobs == 2)
  }

  /// The published sizes and rates, of which nothing is trained here.
  @Test func theFullRecipeIsSound() throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../models").path
    let recipe = try RecipeFile("nodule-ct", configuration: "full", models: path).nodules()
    #expect(recipe.finer.map(\.optimizer.rate) == [0.002, 0.001])
    // methods.md 0.1, but for one logit instead of two: 512 weights and a bias a scale less.
    let counts = try ([recipe.classifier] + recipe.finer).map { learning in
      try #require(learning.network).parameterShapes().reduce(0) { $0 + $1.shape.count }
    }
    // The trunk has one channel of input instead of three.
    let channels = 2 * 64 * 9
    #expect(
      counts == [
        17_075_522 - 513 - channels, 19_436_354 - 1025 - channels, 20_617_538 - 1537 - channels,
      ])
  }

  @Test func recipesThatAskForTheImpossibleAreRefused() throws {
    for change in [
      "nodules.share=1", "nodules.phases=1", "shipped=5", "preparation.channels=[\"detail\"]",
      "classifier.network.scales=2", "finer.0.network.scales=1", "classifier.network.outputs=2",
      "sources.0.diameters=[5]", "sources.0.diameters=[9,4]", "sources.0.lesions=[]",
      "seriesTop=0",
    ] {
      #expect(throws: TrainingError(.recipe, index: change.hasPrefix("sources") ? 0 : nil)) {
        _ = try recipe([change])
      }
    }
  }
}
