import Graphs
import Networks
import Tensors

/// The inner loop: weights, their optimizer and their average, one step after another.
struct Trainer {
  let recipe: Recipe
  /// What the run is made from, as checkpoints record it.
  let digest: String
  private let graph: any StepGraph
  let maker: BatchMaker
  private let workspace: Workspace
  private(set) var weights: Parameters
  private var optimizer: Optimizer
  private var average: WeightAverage?
  /// Epochs finished.
  private(set) var epoch = 0
  /// Steps done of the epoch under way.
  private(set) var step = 0
  /// The sum of their losses.
  private var lossSum = 0.0

  /// - Parameters:
  ///   - graph: what a step computes; nil takes the network and loss of the recipe.
  ///   - start: the weights to begin with; nil draws them by the recipe's seed.
  ///   - draw: which samples a batch takes; nil draws them by the recipe's sources.
  init(
    recipe: Recipe, digest: String, samples: SampleSet, threads: Int,
    graph: (any StepGraph)? = nil, start: Parameters? = nil, draw: (any SampleDraw)? = nil
  ) throws {
    self.recipe = recipe
    self.digest = digest
    self.graph = try graph ?? MicroBatches.graph(of: recipe) { try TrainingGraph(recipe: $0) }
    let sampler =
      draw
      ?? BatchSampler(
        samples: samples, weights: recipe.sources.map { $0.use == .train ? $0.weight : 0 },
        positiveShares: recipe.sources.map { $0.positiveShare ?? recipe.positiveShare },
        matched: recipe.sources.map { $0.matched ?? false },
        seed: recipe.seed)
    maker = BatchMaker(recipe: recipe, samples: samples, sampler: sampler, threads: threads)
    workspace = Workspace(threads: threads)
    weights = try start ?? recipe.network.initialParameters(seed: recipe.seed)
    optimizer = Optimizer(recipe.optimizer)
    average = recipe.averageDecay.map {
      WeightAverage(decay: $0, warming: recipe.averageWarming ?? true, start: weights)
    }
  }

  /// The weights to use: the running average where the recipe keeps one.
  var result: Parameters { average?.average ?? weights }

  /// Runs one step; returns the mean loss of the epoch that it ends. Throws `notANumber` with the
  /// number of the step.
  mutating func runStep() throws -> Double? {
    let number = epoch * recipe.stepsPerEpoch + step
    let input = StepInput(
      batch: maker.batch(epoch: epoch, step: step),
      dropRate: recipe.dropBlock?.rate(epoch: epoch, calls: number) ?? 0,
      random: RandomState(seed: recipe.seed, step: UInt64(number)))
    let outcome = try graph.run(input, parameters: weights, workspace: workspace)
    guard outcome.loss.isFinite else { throw TrainingError(.notANumber, index: number) }
    let factor = recipe.schedule.factor(
      at: number, of: recipe.epochs * recipe.stepsPerEpoch, stepsPerEpoch: recipe.stepsPerEpoch)
    optimizer.step(
      &weights, gradients: outcome.gradients, rate: recipe.optimizer.rate * factor,
      floor: recipe.schedule.minimumRate(at: number), threads: workspace.threads)
    for (layer, table) in outcome.statistics { weights.follow(table, of: layer) }
    let (fresh, threads) = (weights, workspace.threads)
    average?.update(fresh, threads: threads)
    lossSum += Double(outcome.loss)
    step += 1
    guard step == recipe.stepsPerEpoch else { return nil }
    defer { (epoch, step, lossSum) = (epoch + 1, 0, 0) }
    return lossSum / Double(recipe.stepsPerEpoch)
  }

  func checkpoint() -> Checkpoint {
    Checkpoint(
      weights: weights, average: average?.average, averageUpdates: average?.updates ?? 0,
      first: optimizer.first, second: optimizer.second, steps: optimizer.steps, epoch: epoch,
      step: step, lossSum: lossSum, state: graph.state, recipe: digest)
  }

  /// Throws `checkpointMismatch` for a state that is not one of this recipe's.
  mutating func resume(_ checkpoint: Checkpoint) throws {
    try checkpoint.check(against: recipe)
    weights = checkpoint.weights
    optimizer = Optimizer(
      recipe.optimizer, first: checkpoint.first, second: checkpoint.second,
      steps: checkpoint.steps)
    if let decay = recipe.averageDecay, let saved = checkpoint.average {
      average = WeightAverage(
        decay: decay, warming: recipe.averageWarming ?? true, start: saved,
        updates: checkpoint.averageUpdates)
    }
    try graph.restore(checkpoint.state)
    (epoch, step, lossSum) = (checkpoint.epoch, checkpoint.step, checkpoint.lossSum)
  }
}
