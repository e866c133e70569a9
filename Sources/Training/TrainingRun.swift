import Foundation
import Graphs
import Imaging
import Lungs
import Networks
import Tensors

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
    try TrainingOutput.makeFolder(out)
    guard let loaded = try options.loader(recipe).load(progress: preparing, shouldStop: shouldStop)
    else {
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
    let loop = TrainingLoop(folder: out, epochLimit: options.epochLimit)
    let finished = try loop.run(
      &trainer, validate: { try validation.metrics($0.result) }, progress: progress,
      shouldStop: shouldStop)
    guard finished else { return nil }
    return try ModelExport(recipe: recipe, validation: validation).export(
      trainer.result, to: out)
  }

  /// Writes down what the run uses.
  private func record(_ loaded: LoadedSamples, _ data: (DatasetReport) -> Void) throws {
    try loaded.check()
    try loaded.report.write(to: out + "/dataset.json")
    data(loaded.report)
  }
}

extension TrainingRun.Options {
  /// The samples of a training of several stages, checked; what is used lies in "dataset.json" of `out`,
  /// which is made. nil when stopped.
  func samples(
    _ recipe: Recipe, to out: String, progress: (ChainEvent) -> Void, shouldStop: () -> Bool
  ) throws -> LoadedSamples? {
    try TrainingOutput.makeFolder(out)
    guard
      let data = try loader(recipe).load(
        progress: { progress(.prepared($0, of: $1)) }, shouldStop: shouldStop)
    else { return nil }
    try data.check()
    try data.report.write(to: out + "/dataset.json")
    progress(.data(data.report))
    return data
  }

  /// What makes the samples of a recipe by these options.
  func loader(_ recipe: Recipe) -> SampleLoader {
    var loader = SampleLoader(
      recipe: recipe, corpusRoot: corpusRoot, lungs: lungs, threads: threads,
      withoutPictures: withoutPictures)
    loader.data = data
    loader.rules = rules
    loader.lungModelDigest = lungModelDigest
    loader.cache = cacheFolder.map(PreparedCache.init)
    return loader
  }
}
