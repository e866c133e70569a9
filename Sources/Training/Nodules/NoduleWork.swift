import Graphs
import Imaging
import Localization
import Networks
import Tensors

/// The stages of the training with what they share.
struct NoduleWork {
  let recipe: NoduleRecipe
  let options: TrainingRun.Options
  let out: String
  let data: LoadedSamples
  let runner: StageRunner
  /// Training samples with a drawn truth, by index: of the supervised network alone.
  private let drawn: [Int]
  /// Set once their stages are done.
  private(set) var classifier: Parameters?
  private(set) var finer: [Parameters] = []
  private(set) var supervised: Parameters?

  private static let classifierName = "1-gap"
  private static let supervisedName = "u-net"
  static func finerName(_ learning: ChainRecipe.Learning) -> String {
    "\(learning.network?.noduleScales ?? 0)-gap"
  }

  init(
    run: NoduleRun, data: LoadedSamples, progress: @escaping (ChainEvent) -> Void,
    shouldStop: @escaping () -> Bool
  ) throws {
    (recipe, options, out, self.data) = (run.recipe, run.options, run.out, data)
    let train = data.train
    // Whether each truth is empty; nil of slices without one.
    let empty =
      run.recipe.supervised == nil ? [] : train.indices.map { train[$0].truth.map(\.isEmpty) }
    // Lists of image labels know where nothing is: without a nodule there is nothing to learn from that.
    // Where the readers' outlines agree on no pixel, a slice with a nodule would teach that none is there.
    drawn =
      empty.contains(false)
      ? empty.indices.filter { index in
        empty[index].map { train.facts[index].labels.first == .some(0) || !$0 } ?? false
      } : []
    let names =
      [Self.classifierName] + run.recipe.finer.map(Self.finerName)
      + (drawn.isEmpty ? [] : [Self.supervisedName])
    runner = StageRunner(
      names: names, options: options, progress: progress, shouldStop: shouldStop)
    try data.checkLungs()
  }

  private func stage(
    _ name: String, _ recipe: Recipe, and parts: [String] = []
  ) throws -> TrainingStage {
    let digest = try Checkpoint.digest(
      ChainWork.identity(recipe), lungModel: options.lungModelDigest, samples: data.train)
    return try TrainingStage(name, of: out, inputs: [digest] + parts)
  }

  private func train(_ name: String, _ recipe: Recipe) throws -> Parameters? {
    let validation = Validation(
      recipe: recipe, samples: data.validation, threads: options.threads)
    return try runner.train(
      stage(name, recipe), validate: { weights, _ in try validation.metrics(weights) },
      begin: { StageRunner.Beginning(recipe: recipe, samples: data.train) })
  }

  mutating func trainClassifier() throws -> Bool {
    classifier = try train(Self.classifierName, recipe.classifierRecipe())
    return classifier != nil
  }

  mutating func trainFiner() throws -> Bool {
    for (index, learning) in recipe.finer.enumerated() {
      guard let weights = try train(Self.finerName(learning), recipe.finerRecipe(index)) else {
        return false
      }
      finer.append(weights)
    }
    return true
  }

  /// On drawn nodules, for the comparison; nothing where the recipe wants none or nothing is drawn.
  mutating func trainSupervised() throws -> Bool {
    guard let own = try recipe.supervisedRecipe(), !drawn.isEmpty else { return true }
    // What it learns are the outlines, which the digest of image labels says nothing of.
    let outlines = drawn.map { index in
      "\(index) " + SHA256.hex(of: data.train[index].truth?.bits ?? [])
    }
    let stage = try stage(
      Self.supervisedName, own, and: [SHA256.hex(ofText: outlines.joined(separator: "|"))])
    supervised = try runner.train(
      stage, validate: { _, _ in [:] },
      begin: {
        StageRunner.Beginning(
          recipe: own, samples: data.train.selecting(drawn))
      })
    return supervised != nil
  }
}
