import Foundation
import Testing
import Training

@Suite struct TileRunTests {
  private func recipe(_ changes: [String] = []) throws -> TileRecipe {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../models/tiles-radiograph/recipe-mini.json").path
    let small = [
      "sources.0.count=12", "sources.1.count=6", "sources.0.size=256", "sources.1.size=256",
      "tiles.side=32", "tiles.stride=16", "tiles.masks=8", "tiles.labels=8",
      "learning.batch=4", "learning.epochs=1", "learning.stepsPerEpoch=4",
    ]
    return try RecipeFile(path, configuration: nil, models: "", changes: small + changes).tiles()
  }

  private func folder() -> String { NSTemporaryDirectory() + "tiles-\(UUID().uuidString)" }

  private func run(
    _ recipe: TileRecipe, _ out: String, threads: Int = 2, stop: @escaping () -> Bool = { false }
  ) throws -> [TileFigures]? {
    try TileRun(recipe: recipe, options: TrainingRun.Options(threads: threads), out: out)
      .run(shouldStop: stop)
  }

  @Test func everySettingLearnsFromItsShare() throws {
    let out = folder()
    defer { try? FileManager.default.removeItem(atPath: out) }
    let recipe = try recipe([
      """
      settings=[{"use":"S","share":25},{"use":"S+C","share":25},{"use":"S+C*","share":25},\
      {"use":"C","share":50},{"use":"C+S*","share":50}]
      """
    ])
    let all = try #require(try run(recipe, out))
    let counts = all.map { [$0.masks, $0.labels] }
    let (masks, labels) = (counts[4][0], counts[2][1])
    #expect(masks == 8 && labels > 4)
    let quarter = max(1, Int((Double(masks) / 4).rounded()))
    let rest = Int((Double(labels) * 0.75).rounded())
    let half = Int((Double(labels) / 2).rounded())
    #expect(
      counts == [[quarter, 0], [quarter, rest], [quarter, labels], [0, half], [masks, half]])
    #expect(all[0].tileAccuracy == nil && all[1].tileAccuracy != nil)
    #expect(all.allSatisfy { $0.pixelAccuracy.map { (0...1).contains($0) } ?? false })
    #expect(all.allSatisfy { $0.pixelF1.count == 4 })
    #expect(FileManager.default.fileExists(atPath: out + "/figures.json"))
  }

  @Test(arguments: [("alternating", "code"), ("alternating", "unpooling"), ("summed", "code")])
  func stoppedAnywhereItEndsWithTheSameBits(_ objective: String, _ form: String) throws {
    let (whole, parts) = (folder(), folder())
    defer { for path in [whole, parts] { try? FileManager.default.removeItem(atPath: path) } }
    let head = objective == "summed" ? "maximum" : "perceptron"
    let recipe = try recipe([
      "objective=\"\(objective)\"", "learning.network.tileHead=\"\(head)\"",
      "learning.network.form=\"\(form)\"",
      "settings=[{\"use\":\"S\",\"share\":50},{\"use\":\"S+C*\",\"share\":50}]",
    ])
    _ = try run(recipe, whole, threads: 1)
    var calls = 0
    while calls < 60 {
      calls += 1
      var asked = 0
      let done = try run(
        recipe, parts,
        stop: {
          asked += 1
          return asked > 22
        })
      if done != nil { break }
    }
    #expect(calls > 1 && calls < 60)
    for setting in recipe.settings {
      let name = "/\(setting.name)/weights.safetensors"
      #expect(
        FileManager.default.contents(atPath: whole + name)
          == FileManager.default.contents(atPath: parts + name))
    }
  }

  @Test(arguments: [
    "settings=[]", "settings.0.share=101", "settings=[{\"use\":\"S\",\"share\":0}]",
    "tiles.dominant=0.4", "tiles.stride=0", "learning.stepsPerEpoch=5",
    "learning.network.outputs=3", "objective=\"summed\"",
  ])
  func refusesWhatCannotBe(_ change: String) {
    #expect {
      _ = try recipe([change])
    } throws: { ($0 as? TrainingError)?.code == .recipe }
  }

  /// The fixture of the card, and scikit-learn's numbers for it.
  @Test func f1FollowsItsDefinition() throws {
    var counts = ConfusionCounts(classes: 3)
    for (truth, answer) in zip([0, 1, 2, 0], [0, 2, 2, 0]) {
      counts.add(truth: truth, answer: answer)
    }
    counts.add(truth: 255, answer: 1)
    #expect(counts.accuracy == 0.75)
    let macro = try #require(counts.f1Macro)
    let known: Double = 5.0 / 9
    #expect(abs(macro - known) < 1e-12)
    var absent = ConfusionCounts(classes: 3)
    absent.add(truth: 0, answer: 0)
    #expect(absent.f1 == [1, nil, nil] && absent.f1Macro == 1)
  }
}
