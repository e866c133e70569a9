import Foundation
import Graphs
import Imaging
import Localization
import Networks
import Tensors
import Testing
import Training

@Suite struct DecompositionRunTests {
  /// The shipped recipe, made small.
  private func recipe(_ changes: [String] = []) throws -> DecompositionRecipe {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../models/covid-lesion/recipe.json").path
    let sources = ["train", "validation"].enumerated().map { number, use in
      "sources.\(number)={\"kind\":\"data\",\"use\":\"\(use)\",\"weight\":1,\"split\":\"\(use)\","
        + "\"folder\":\"\",\"dataset\":\"pictures\"}"
    }
    let small =
      sources + [
        "preparation.width=32", "preparation.height=32",
        "classifier.network.widths=[[6],[8,8]]", "classifier.batch=8", "classifier.epochs=3",
        "classifier.stepsPerEpoch=20", "classifier.validateEvery=3", "classifier.averageDecay=0.9",
        "maps=[\"cam\"]", "decompositions=[\(Self.generator("decomposition", "decomposition"))]",
        "baselines=null", "segmentation.learning.network.width=6",
        "segmentation.learning.network.depth=1", "segmentation.learning.batch=6",
        "segmentation.learning.epochs=3", "segmentation.learning.stepsPerEpoch=12",
        "segmentation.learning.validateEvery=3", "segmentation.learning.averageDecay=0.9",
      ]
    return try RecipeFile(path, configuration: nil, models: "", changes: small + changes)
      .decomposition()
  }

  private static func generator(
    _ name: String, _ method: String, steps: Int = 6, _ more: String = "", norm: Bool = false
  ) -> String {
    let network =
      method == "decomposition"
      ? "{\"kind\":\"decomposition\",\"inChannels\":1,\"widths\":[4,8],\"isShared\":false}"
      : "{\"kind\":\"unet\",\"inChannels\":1,\"width\":4,\"depth\":1,\"outputs\":1}"
    let own = method == "decomposition" ? ",\"normal\":100" : ""
    let adam =
      "{\"kind\":\"adam\",\"rate\":0.002,\"beta1\":0.5,\"beta2\":0.9,\"epsilon\":1e-8,"
      + "\"momentum\":0.9,\"weightDecay\":0}"
    return """
      {"name":"\(name)","method":"\(method)","learning":{"network":\(network),"batch":4,
       "epochs":4,"stepsPerEpoch":\(steps),"validateEvery":1,"optimizer":\(adam),
       "schedule":{"kind":"cosine","power":0.9,"every":1,"factor":0.1,"warmup":0,"floor":0.05},
       "augmentation":{"shift":0.05,"scale":0,"rotation":0,"brightness":0,"contrast":0,"gamma":0,
       "noise":0,"mirror":0.5},"averageDecay":0.9},
       "critic":{"kind":"critic","inChannels":1,"widths":[4,8],"downs":2,"scales":[0,1],
       "batchNorm":\(norm),"beginsWide":true},"criticOptimizer":\(adam),"criticSteps":2,
       "penalty":10,"adversarial":1,"reconstruction":100\(own)\(more)}
      """.replacingOccurrences(of: "\n", with: " ")
  }

  private func run(
    _ recipe: DecompositionRecipe, _ corpus: ToySlices, _ out: String, threads: Int = 2,
    stop: @escaping () -> Bool = { false }
  ) throws -> ModelPackage? {
    try DecompositionRun(
      recipe: recipe,
      options: TrainingRun.Options(corpusRoot: corpus.folder, threads: threads), out: out
    ).run(shouldStop: stop)
  }

  private func folder() -> String {
    NSTemporaryDirectory() + "decomposition-\(UUID().uuidString)"
  }

  private func figures(_ out: String) throws -> [String: LesionMapFigures] {
    let data = try #require(FileManager.default.contents(atPath: out + "/figures.json"))
    let all = try JSONDecoder().decode([LesionMapFigures].self, from: data)
    return Dictionary(all.map { ($0.map, $0) }, uniquingKeysWith: { a, _ in a })
  }

  /// Every method learns something from image labels alone that speckle hides from intensity, and the
  /// package draws it on a list of pictures of 8 bits.
  @Test func findsPatchesItWasNeverShown() throws {
    let (corpus, out) = (try ToySlices(), folder())
    defer {
      corpus.remove()
      try? FileManager.default.removeItem(atPath: out)
    }
    let recipe = try recipe([
      "decompositions=[\(Self.generator("decomposition", "decomposition", steps: 25))]",
      "baselines=[\(Self.generator("va-gan", "va-gan")),"
        + "\(Self.generator("biomarker", "biomarker", ",\"classification\":1"))]",
    ])
    let model = try #require(try run(recipe, corpus, out))
    let all = try figures(out)
    #expect(
      Set(all.keys) == [
        "intensity", "opening 3 x 3", "opening 5 x 5", "opening 7 x 7", "cam",
        "decomposition (g2+1)/2", "decomposition |x-g1|", "va-gan", "biomarker",
        "decomposition, smoothed", "fused", "segmentation, round 1",
      ])
    let drawn = try #require(all["segmentation, round 1"])
    #expect(drawn.slices == 8)
    #expect(drawn.averagePrecision?.value ?? 0 > (all["intensity"]?.averagePrecision?.value ?? 1))
    #expect(FileManager.default.fileExists(atPath: out + "/pictures/lesions.png"))
    #expect(model.description.segmentation?.thresholdSource == "pixel-level-validation")
    #expect(model.description.slicePictures == recipe.slicePictures)

    var source = Recipe.Source(kind: .pictures, use: .validation)
    (source.list, source.split) = ("labels.csv", "validation")
    let report = try Evaluation.run(
      model: try ModelPackage.load(out), on: source,
      options: .init(corpusRoot: corpus.folder, threads: 2))
    // The very same pixels: the map of a package is that of the figures.
    let area = try #require(report.map?.pixelAP)
    #expect(abs(area - (drawn.averagePrecision?.value ?? 0)) < 0.01)
  }

  @Test(arguments: [false, true])
  func stoppedAnywhereItEndsWithTheSameBits(_ batchNorm: Bool) throws {
    let (corpus, whole, parts) = (try ToySlices(count: 24), folder(), folder())
    defer {
      corpus.remove()
      for path in [whole, parts] { try? FileManager.default.removeItem(atPath: path) }
    }
    let chosen = ",\"selection\":\"image-auroc\",\"fakes\":\"lesions\",\"power\":2"
    let own = Self.generator("d", "decomposition", chosen, norm: batchNorm)
    let recipe = try recipe([
      "decompositions=[\(own)]", "classifier.epochs=1", "classifier.stepsPerEpoch=4",
      "segmentation.rounds=2", "segmentation.learning.epochs=1",
      "segmentation.learning.stepsPerEpoch=3",
    ])
    let first = try #require(try run(recipe, corpus, whole, threads: 1))
    var calls = 0
    var last: ModelPackage?
    while last == nil, calls < 60 {
      calls += 1
      var asked = 0
      last = try run(
        recipe, corpus, parts,
        stop: {
          asked += 1
          return asked > 9
        })
    }
    #expect(calls > 2)
    #expect(last?.digest == first.digest)
    #expect(
      FileManager.default.contents(atPath: whole + "/figures.json")
        == FileManager.default.contents(atPath: parts + "/figures.json"))
  }

  @Test func pixelTruthOfTrainingSlicesIsNeverLookedAt() throws {
    let (corpus, first, second) = (try ToySlices(count: 24), folder(), folder())
    defer {
      corpus.remove()
      for path in [first, second] { try? FileManager.default.removeItem(atPath: path) }
    }
    let recipe = try recipe([
      "classifier.epochs=1", "classifier.stepsPerEpoch=4", "segmentation.learning.epochs=1",
      "segmentation.learning.stepsPerEpoch=3",
    ])
    let one = try #require(try run(recipe, corpus, first))
    // A training slice gets a drawn lesion that is wrong all over.
    let list = corpus.folder + "/labels.csv"
    let text = try String(contentsOfFile: list, encoding: .utf8)
    try PNG.write(ToySlices.lungs, to: corpus.folder + "/wrong.png")
    try text.replacingOccurrences(of: "s1.png,1,train,", with: "s1.png,1,train,wrong.png")
      .write(toFile: list, atomically: true, encoding: .utf8)
    let two = try #require(try run(recipe, corpus, second))
    #expect(one.parameters == two.parameters && one.second == two.second)
  }

  @Test(arguments: [
    "decompositions=[]", "decompositions.0.criticSteps=0", "decompositions.0.learning.batch=3",
    "decompositions.0.normal=null", "decompositions.0.power=3", "segmentation.quantile=0.2",
    "segmentation.leastPeak=0.6", "preparation.lungOnly=false", "maps=[]",
    "decompositions.0.method=\"va-gan\"", "slicePictures.high=-2000",
    "decompositions.0.critic={\"kind\":\"unet\",\"inChannels\":1,\"width\":4,\"depth\":1,\"outputs\":1}",
  ])
  func refusesWhatCannotBe(_ change: String) {
    #expect {
      _ = try recipe([change])
    } throws: { ($0 as? TrainingError)?.code == .recipe }
  }

  @Test func picturesOfEightBitsNeedAWindow() throws {
    let (corpus, out) = (try ToySlices(count: 24), folder())
    defer {
      corpus.remove()
      try? FileManager.default.removeItem(atPath: out)
    }
    #expect {
      _ = try run(try recipe(["slicePictures=null"]), corpus, out)
    } throws: { ($0 as? TrainingError)?.code == .pictureNotHounsfield }
    #expect {
      _ = try run(try recipe(["slicePictures.showsLungsAlone=false"]), corpus, out)
    } throws: { ($0 as? TrainingError)?.code == .lungsMissing }
  }
}
