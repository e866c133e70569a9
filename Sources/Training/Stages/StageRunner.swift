import Foundation
import Graphs
import Imaging
import Networks
import Tensors

/// Runs the stages of a long training, each once, so that the same call goes on where an earlier
/// one was stopped or killed.
struct StageRunner {
  /// Of all stages, in their order.
  let names: [String]
  let options: TrainingRun.Options
  let progress: (ChainEvent) -> Void
  let shouldStop: () -> Bool

  /// Runs the body of a stage unless it is done, and marks it as done when the body says so.
  /// - Returns: whether the stage is done.
  func once(_ stage: TrainingStage, _ body: () throws -> Bool) throws -> Bool {
    let number = (names.firstIndex(of: stage.name) ?? 0) + 1
    if try stage.seconds() != nil {
      progress(.alreadyDone(stage: stage.name, number: number, of: names.count))
      return true
    }
    progress(.started(stage: stage.name, number: number, of: names.count))
    let clock = ContinuousClock.now
    guard try body() else { return false }
    try stage.finish(seconds: (ContinuousClock.now - clock) / .seconds(1))
    return true
  }

  /// What the training of a network begins with.
  struct Beginning {
    let recipe: Recipe
    let samples: SampleSet
    /// nil takes the network and loss of the recipe, and draws its weights.
    var graph: (any StepGraph)?
    var start: Parameters?
    /// nil draws samples by the recipe's sources.
    var draw: (any SampleDraw)?
  }

  /// Trains one network in its stage; its weights then lie in "weights.safetensors".
  ///
  /// `begin` is asked only where the stage is not done. `choose` is given the last weights and says
  /// which ones the stage ends with; nil: those.
  /// - Returns: the weights, nil when stopped earlier.
  func train(
    _ stage: TrainingStage, validate: (Parameters, Int) throws -> [String: Estimate],
    choose: ((Parameters) throws -> Parameters)? = nil, begin: () throws -> Beginning
  ) throws -> Parameters? {
    let path = stage.folder + "/weights.safetensors"
    let done = try once(stage) {
      let own = try begin()
      var trainer = try Trainer(
        recipe: own.recipe, digest: stage.inputs, samples: own.samples, threads: options.threads,
        graph: own.graph, start: own.start, draw: own.draw)
      let loop = TrainingLoop(folder: stage.folder, epochLimit: options.epochLimit)
      let finished = try loop.run(
        &trainer, validate: { try validate($0.result, $0.epoch) },
        progress: { progress(.epoch(stage: stage.name, $0, of: own.recipe.epochs)) },
        shouldStop: shouldStop)
      guard finished else { return false }
      try Self.write(choose?(trainer.result) ?? trainer.result, to: path)
      return true
    }
    guard done else { return nil }
    guard let weights = Self.read(path) else { throw TrainingError(.checkpointMismatch) }
    return weights
  }

  static func write(_ weights: Parameters, to path: String) throws {
    try TrainingOutput.write(Safetensors.encode(weights, metadata: [:]), to: path)
  }

  /// nil for a file that is not there or broken.
  static func read(_ path: String) -> Parameters? {
    FileManager.default.contents(atPath: path)
      .flatMap { try? Safetensors.decode([UInt8]($0)) }?.parameters
  }

  /// Makes one picture for each of these numbers, each once.
  /// - Returns: false when stopped earlier.
  func each(
    _ stage: TrainingStage, of all: [Int],
    _ make: @Sendable (Int, Workspace) throws -> GreyPicture
  ) throws -> Bool {
    try once(stage) {
      let piece = 16 * options.threads
      for start in stride(from: 0, to: all.count, by: piece) {
        if shouldStop() { return false }
        let numbers = Array(all[start..<min(all.count, start + piece)])
        let open = numbers.filter { (try? PNG.read(stage.path(of: $0))) == nil }
        _ = try Items.map(open.count, threads: options.threads, grain: 1) { item, workspace in
          let picture = try make(open[item], workspace)
          try TrainingOutput.write(
            try PNG.encode(picture), to: stage.path(of: open[item]), durable: false)
          return true
        }
        progress(.items(stage: stage.name, done: start + numbers.count, of: all.count))
      }
      return true
    }
  }

  /// A picture that an earlier stage made, by its number. Throws `checkpointMismatch` where it is
  /// gone.
  static func picture(_ stage: TrainingStage, _ index: Int) throws -> GreyPicture {
    do {
      return try PNG.read(stage.path(of: index))
    } catch { throw TrainingError(.checkpointMismatch, index: index) }
  }
}
