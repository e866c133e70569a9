import Foundation
import Graphs
import Imaging
import Lungs
import Networks
import Tensors

/// One line of a run's log.
package struct EpochReport: Sendable, Codable {
  package let epoch: Int
  package let loss: Double
  package let seconds: Double
  /// By source of the recipe, e.g. "1 radiograph-phantoms auroc".
  package var metrics: [String: Estimate] = [:]
}

/// Trains a recipe and writes the model package. Stopping and calling again goes on from the step
/// that was stopped after, and ends with the same bits.
package struct TrainingRun: Sendable {
  package struct Options: Sendable {
    /// Folder that the recipe's picture lists are relative to.
    package var corpusRoot: String?
    /// The lung model of the recipe, loaded; nil prepares pictures without lungs.
    package var lungs: RadiographLungs?
    /// Digest of the package that `lungs` came from: a run goes on only with the same one.
    package var lungModelDigest: String?
    /// Trains without the recipe's pictures, on phantoms alone; otherwise a recipe with pictures
    /// needs a corpus.
    package var withoutPictures = false
    /// For sources of kind `data`: see `DatasetReader.open`.
    package var data: (any Dataset)?
    /// Folder of prepared pictures, shared by runs; nil holds them in memory.
    package var cacheFolder: String?
    package var rules = DatasetRules()
    package var threads: Int
    /// Stop (resumable) after this many epochs of this call; nil runs to the end.
    package var epochLimit: Int?

    package init(
      corpusRoot: String? = nil, lungs: RadiographLungs? = nil, threads: Int,
      epochLimit: Int? = nil
    ) {
      self.corpusRoot = corpusRoot
      self.lungs = lungs
      self.threads = threads
      self.epochLimit = epochLimit
    }
  }

  package let recipe: Recipe
  package let options: Options
  /// Folder of the checkpoint, the log and the finished model.
  package let out: String

  package init(recipe: Recipe, options: Options, out: String) {
    self.recipe = recipe
    self.options = options
    self.out = out
  }

  /// Runs to the end of the recipe, the epoch limit, or the step after which `shouldStop` says so.
  ///
  /// `preparing` is told pictures prepared and to prepare, `data` what the run uses.
  /// - Returns: the finished model, nil when it was stopped earlier.
  package func run(
    progress: (EpochReport) -> Void = { _ in }, preparing: (Int, Int) -> Void = { _, _ in },
    data: (DatasetReport) -> Void = { _ in }, shouldStop: () -> Bool = { false }
  ) throws -> ModelPackage? {
    try recipe.check()
    try makeFolder()
    guard let loaded = try loader.load(progress: preparing, shouldStop: shouldStop) else {
      return nil
    }
    try record(loaded, data)
    let samples = loaded.train
    let validation = Validation(
      recipe: recipe, samples: loaded.validation, threads: options.threads)
    let digest = try Checkpoint.digest(
      recipe, lungModel: options.lungModelDigest, samples: samples)
    var trainer = try Trainer(
      recipe: recipe, digest: digest, samples: samples, threads: options.threads)
    if let saved = try Checkpoint.read(checkpointPath, recipe: digest) {
      try trainer.resume(saved)
    }
    let start = trainer.epoch
    while trainer.epoch < recipe.epochs {
      if shouldStop() || trainer.epoch - start >= options.epochLimit ?? .max { return nil }
      let clock = ContinuousClock.now
      guard let loss = try finishEpoch(&trainer, shouldStop) else { return nil }
      var report = EpochReport(
        epoch: trainer.epoch, loss: loss,
        seconds: (ContinuousClock.now - clock) / .seconds(1))
      try trainer.checkpoint().write(to: checkpointPath)
      if trainer.epoch % recipe.validateEvery == 0 || trainer.epoch == recipe.epochs {
        report.metrics = try metrics(validation, trainer.result)
      }
      try log(report)
      progress(report)
    }
    return try ModelExport(recipe: recipe, validation: validation).export(
      trainer.result, to: out)
  }

  private var loader: SampleLoader {
    var loader = SampleLoader(
      recipe: recipe, corpusRoot: options.corpusRoot, lungs: options.lungs,
      threads: options.threads, withoutPictures: options.withoutPictures)
    loader.data = options.data
    loader.rules = options.rules
    loader.lungModelDigest = options.lungModelDigest
    loader.cache = options.cacheFolder.map(PreparedCache.init)
    return loader
  }

  /// Runs the rest of the epoch under way. nil when stopped inside it, with the state saved.
  private func finishEpoch(_ trainer: inout Trainer, _ shouldStop: () -> Bool) throws -> Double? {
    while true {
      if let loss = try trainer.runStep() { return loss }
      let stops = shouldStop()
      if stops || recipe.checkpointEvery.map({ trainer.step % $0 == 0 }) ?? false {
        try trainer.checkpoint().write(to: checkpointPath)
      }
      if stops { return nil }
    }
  }

  private var checkpointPath: String { out + "/checkpoint.safetensors" }

  private func makeFolder() throws {
    do {
      try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
    } catch { throw TrainingError(.output) }
  }

  /// Writes down what the run uses. No patient may be in both parts, whatever the lists say.
  private func record(_ loaded: LoadedSamples, _ data: (DatasetReport) -> Void) throws {
    guard !loaded.train.isEmpty else { throw TrainingError(.noSamples) }
    let held = Set(loaded.validation.facts.map(\.patient))
    guard held.isDisjoint(with: loaded.train.facts.map(\.patient)) else {
      throw TrainingError(.patientInTwoSplits)
    }
    try loaded.report.write(to: out + "/dataset.json")
    data(loaded.report)
  }

  private func metrics(
    _ validation: Validation, _ parameters: Parameters
  ) throws -> [String: Estimate] {
    var metrics: [String: Estimate] = [:]
    let groups = Dictionary(grouping: validation.samples.indices) {
      validation.samples.facts[$0].source
    }
    switch recipe.task {
    case .classification:
      let logits = try validation.logits(parameters)
      for (source, members) in groups {
        let known = validation.truth.filter { members.contains($0.index) }
        let auroc = Ranking.auroc(
          scores: known.map { logits[$0.index][0] }, truth: known.map(\.label))
        if let auroc { metrics[name(source) + " auroc"] = auroc }
      }
    case .segmentation:
      let masks = try validation.masks(parameters)
      for (source, members) in groups {
        let usable = members.filter { validation.samples[$0].truth != nil }
        let report = DiceReport(
          predicted: usable.map { masks[$0] },
          truth: usable.compactMap { validation.samples[$0].truth },
          groups: usable.map { validation.samples.facts[$0].patient })
        if let dice = report.positivesOnly { metrics[name(source) + " dice"] = dice }
      }
    }
    return metrics
  }

  private func name(_ source: Int) -> String { "\(source) \(recipe.sources[source].kind.rawValue)" }

  private func log(_ report: EpochReport) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let path = out + "/log.jsonl"
    if !FileManager.default.fileExists(atPath: path) {
      _ = FileManager.default.createFile(atPath: path, contents: nil)
    }
    guard var line = try? encoder.encode(report), let file = FileHandle(forWritingAtPath: path)
    else { throw TrainingError(.output) }
    defer { try? file.close() }
    line.append(UInt8(ascii: "\n"))
    do {
      try file.seekToEnd()
      try file.write(contentsOf: line)
    } catch { throw TrainingError(.output) }
  }
}
