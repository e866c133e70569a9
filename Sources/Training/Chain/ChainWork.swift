import Foundation
import Graphs
import Imaging
import Localization
import Networks
import Tensors

/// The stages of a chain, one after another, with what they share.
struct ChainWork {
  let recipe: ChainRecipe
  let options: TrainingRun.Options
  let out: String
  let data: LoadedSamples
  let progress: (ChainEvent) -> Void
  let shouldStop: () -> Bool
  var pictures: ChainPictures
  /// Digest of the stage done last, which the next one follows from.
  private var last: String
  var mapsStage: ChainStage?
  var seedsStage: ChainStage?
  var masksStage: ChainStage?
  /// Set once their stages are done.
  var maps: ChainMaps?
  var affinity: AffinityReader?

  init(
    run: ChainRun, data: LoadedSamples, progress: @escaping (ChainEvent) -> Void,
    shouldStop: @escaping () -> Bool
  ) throws {
    (recipe, options, out) = (run.recipe, run.options, run.out)
    (self.data, self.progress, self.shouldStop) = (data, progress, shouldStop)
    pictures = try ChainPictures(folder: run.out + "/pictures", validation: data.validation)
    last = ""
  }

  private var stageCount: Int {
    ChainStage.Name.allCases.count - (recipe.segmentation.ceiling == true ? 0 : 1)
  }

  /// Opens a stage: it follows from the stages before it, and from `parts`.
  mutating func stage(_ name: ChainStage.Name, _ parts: [String]) throws -> ChainStage {
    let stage = try ChainStage(name, of: out, inputs: [last] + parts)
    last = stage.inputs
    return stage
  }

  /// Runs the body of a stage unless it is done, and marks it as done when the body says so.
  /// - Returns: whether the stage is done.
  func once(_ stage: ChainStage, _ body: () throws -> Bool) throws -> Bool {
    let number = (ChainStage.Name.allCases.firstIndex(of: stage.name) ?? 0) + 1
    if try stage.seconds() != nil {
      progress(.alreadyDone(stage: stage.name.rawValue, number: number, of: stageCount))
      return true
    }
    progress(.started(stage: stage.name.rawValue, number: number, of: stageCount))
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
  }

  /// Trains one network in its stage; its weights then lie in "weights.safetensors".
  ///
  /// `begin` is asked only where the stage is not done.
  /// - Returns: the weights, nil when stopped earlier.
  func train(
    _ stage: ChainStage, validate: (Parameters, Int) throws -> [String: Estimate],
    begin: () throws -> Beginning
  ) throws -> Parameters? {
    let path = stage.folder + "/weights.safetensors"
    let done = try once(stage) {
      let own = try begin()
      var trainer = try Trainer(
        recipe: own.recipe, digest: stage.inputs, samples: own.samples, threads: options.threads,
        graph: own.graph, start: own.start)
      let loop = TrainingLoop(folder: stage.folder, epochLimit: options.epochLimit)
      let name = stage.name.rawValue
      let finished = try loop.run(
        &trainer, validate: { try validate($0.result, $0.epoch) },
        progress: { progress(.epoch(stage: name, $0, of: own.recipe.epochs)) },
        shouldStop: shouldStop)
      guard finished else { return false }
      try TrainingOutput.write(Safetensors.encode(trainer.result, metadata: [:]), to: path)
      return true
    }
    guard done else { return nil }
    guard let bytes = FileManager.default.contents(atPath: path),
      let contents = try? Safetensors.decode([UInt8](bytes))
    else { throw TrainingError(.checkpointMismatch) }
    return contents.parameters
  }

  /// Makes one picture for each positive training sample, each once.
  /// - Returns: false when stopped earlier.
  func each(
    _ stage: ChainStage, _ make: @Sendable (Int, Workspace) throws -> GreyPicture
  ) throws -> Bool {
    try once(stage) {
      let all = data.positives
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
        progress(.items(stage: stage.name.rawValue, done: start + numbers.count, of: all.count))
      }
      return true
    }
  }

  /// A picture that an earlier stage made for a training sample. Throws `checkpointMismatch` where
  /// it is gone.
  static func picture(_ stage: ChainStage, _ index: Int) throws -> GreyPicture {
    do {
      return try PNG.read(stage.path(of: index))
    } catch { throw TrainingError(.checkpointMismatch, index: index) }
  }

  /// One cell a case of the sheet.
  func cells(
    _ make: @Sendable (TrainingSample, Workspace) throws -> ChainPictures.Cell
  ) throws -> [ChainPictures.Cell] {
    let cases = pictures.cases
    return try Items.map(cases.count, threads: options.threads, grain: 1) {
      try make(cases[$0], $1)
    }
  }
}
