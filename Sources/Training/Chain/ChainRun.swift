import Foundation
import Graphs
import Imaging
import Localization
import Networks
import Tensors

/// Runs the three-step method and writes a model package of two networks. Stopped or killed at any
/// point, the same call goes on and ends with the same bits.
///
/// The folder holds one folder a stage ("1-classifier" ...), each done once; "pictures", one an
/// epoch; "figures.json", how well each step finds the label on the test samples; and the model.
package struct ChainRun: Sendable {
  package let recipe: ChainRecipe
  package let options: TrainingRun.Options
  package let out: String

  package init(recipe: ChainRecipe, options: TrainingRun.Options, out: String) {
    self.recipe = recipe
    self.options = options
    self.out = out
  }

  /// - Returns: the finished model, nil when `shouldStop` or the epoch limit stopped it earlier.
  ///   Throws `TrainingError`.
  package func run(
    progress: @escaping (ChainEvent) -> Void = { _ in },
    shouldStop: @escaping () -> Bool = { false }
  ) throws -> ModelPackage? {
    try recipe.check()
    let data = try load()
    progress(
      .data(
        train: data.train.count, positives: data.positives.count,
        validation: data.validation.count, test: data.test.count))
    var work = try ChainWork(
      run: self, data: data, progress: progress, shouldStop: shouldStop)
    guard let classifier = try work.trainClassifier(), try work.makeMaps(classifier),
      try work.makeSeeds(), let affinity = try work.trainAffinity(classifier),
      try work.makeMasks(affinity), let segmentation = try work.trainSegmentation()
    else { return nil }
    let ceiling = try work.trainCeiling()
    if recipe.segmentation.ceiling == true, ceiling == nil { return nil }
    let networks = ChainNetworks(
      classifier: classifier, affinity: affinity, segmentation: segmentation, ceiling: ceiling)
    try work.measure(networks)
    return try work.export(networks)
  }

  private func load() throws -> ChainData {
    let loader = SampleLoader(
      recipe: try recipe.classifierRecipe(), corpusRoot: options.corpusRoot, lungs: options.lungs,
      threads: options.threads, withoutPictures: options.withoutPictures)
    let data = ChainData(
      train: try loader.load(.train), validation: try loader.load(.validation),
      test: try loader.load(.test))
    try data.check()
    return data
  }
}

/// The trained weights of a chain.
struct ChainNetworks: Sendable {
  let classifier: Parameters
  let affinity: Parameters
  let segmentation: Parameters
  let ceiling: Parameters?
}
