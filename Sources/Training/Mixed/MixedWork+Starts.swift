import Graphs
import Imaging
import Networks
import Tensors

/// Where the trunk of a segmentation network begins.
extension MixedWork {
  /// The weights of a segmentation network before training: the trunk by `start`, the rest by the
  /// seed.
  func startingWeights(_ start: MixedRecipe.Start, _ own: Recipe) throws -> Parameters {
    let fresh = try own.network.initialParameters(seed: own.seed)
    switch start {
    case .random: return fresh
    case .classifier:
      guard let encoder else { throw TrainingError(.checkpointMismatch) }
      return try TrunkStart(encoder).apply(to: fresh, of: own.network)
    case .contrastive:
      guard let contrast else { throw TrainingError(.checkpointMismatch) }
      return try TrunkStart(contrast).apply(to: fresh, of: own.network)
    case .imported:
      guard let file = recipe.imported else { throw TrainingError(.recipe) }
      let path = file.hasPrefix("/") ? file : (options.corpusRoot ?? ".") + "/" + file
      return try TrunkStart(path: path).apply(to: fresh, of: own.network)
    }
  }

  /// Momentum contrast on every training picture, labels unseen.
  mutating func trainContrast() throws -> Bool {
    guard let settings = recipe.contrast else { throw TrainingError(.recipe) }
    let own = try recipe.contrastRecipe()
    let stage = try stage(
      Name.contrast.rawValue, after: [],
      [
        try ChainWork.text(settings),
        try Checkpoint.digest(
          ChainWork.identity(own), lungModel: options.lungModelDigest, samples: data.train),
      ])
    let first = MixtureDraw(
      experts: data.train.count, others: 0, probability: 1, mode: .bernoulli, seed: own.seed,
      batch: own.batch, epochs: own.epochs)
    let twin = BatchMaker(
      recipe: own, samples: data.train, sampler: SecondView(first: first, seed: own.seed),
      threads: options.threads)
    contrast = try runner.train(stage, validate: { _, _ in [:] }) {
      let start = try own.network.initialParameters(seed: own.seed)
      let graph = try ContrastStep(recipe: own, settings: settings, start: start) { number in
        twin.batch(epoch: number / own.stepsPerEpoch, step: number % own.stepsPerEpoch).images
      }
      return StageRunner.Beginning(
        recipe: own, samples: data.train, graph: graph, start: start, draw: first)
    }
    return contrast != nil
  }
}

/// The same pictures as another draw, changed by other random numbers.
struct SecondView: SampleDraw {
  let first: MixtureDraw
  let seed: UInt64

  func draw(epoch: Int, step: Int, slot: Int) -> (index: Int, random: SeededRandom) {
    let stream = 1 << 63 | (UInt64(epoch) << 40) | (UInt64(step) << 16) | UInt64(slot)
    return (
      first.draw(epoch: epoch, step: step, slot: slot).index,
      SeededRandom(seed: seed, stream: stream)
    )
  }
}
