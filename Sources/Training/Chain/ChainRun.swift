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
    self.recipe = options.data == nil ? recipe : recipe.onGivenData
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
    guard
      let data = try options.samples(
        recipe.classifierRecipe(), to: out, progress: progress, shouldStop: shouldStop)
    else { return nil }
    var work = try ChainWork(
      run: withCeiling(where: data.report), data: data, progress: progress,
      shouldStop: shouldStop)
    guard let classifier = try work.trainClassifier(), try work.makeMaps(classifier),
      try work.makeSeeds(), let affinity = try work.trainAffinity(classifier),
      try work.makeMasks(affinity), let segmentation = try work.trainSegmentation()
    else { return nil }
    let ceiling = try work.trainCeiling()
    if work.recipe.segmentation.ceiling == true, ceiling == nil { return nil }
    let networks = ChainNetworks(
      classifier: classifier, affinity: affinity, segmentation: segmentation, ceiling: ceiling)
    try work.measure(networks)
    return try work.export(networks)
  }

  /// A hospital's films have image labels alone: without drawn truth there is no ceiling to train,
  /// and hours of the stages before it must not end in a refusal.
  private func withCeiling(where report: DatasetReport) -> ChainRun {
    var recipe = recipe
    if !report.parts.contains(where: { $0.name == "train" && $0.drawn > 0 }) {
      recipe.segmentation.ceiling = nil
    }
    return ChainRun(recipe: recipe, options: options, out: out)
  }
}

/// The trained weights of a chain.
struct ChainNetworks: Sendable {
  let classifier: Parameters
  let affinity: Parameters
  let segmentation: Parameters
  let ceiling: Parameters?
}
