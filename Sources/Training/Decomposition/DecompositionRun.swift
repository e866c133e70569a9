import Foundation
import Networks

/// Trains the decomposition of CT slices, its baselines and the segmentation network, measures every
/// map and writes a model package. Stopped or killed at any point, the same call goes on and ends
/// with the same bits.
///
/// The folder holds one folder a stage, "figures.json", "pictures" and the model.
package struct DecompositionRun: Sendable {
  package let recipe: DecompositionRecipe
  package let options: TrainingRun.Options
  package let out: String

  package init(recipe: DecompositionRecipe, options: TrainingRun.Options, out: String) {
    self.recipe = options.data == nil ? recipe : recipe.onGivenData
    self.options = options
    self.out = out
  }

  /// - Returns: the finished model, nil when `shouldStop` or the epoch limit stopped it earlier.
  ///   Throws `TrainingError`; `lungsMissing` with the source of a slice without lungs.
  package func run(
    progress: @escaping (ChainEvent) -> Void = { _ in },
    shouldStop: @escaping () -> Bool = { false }
  ) throws -> ModelPackage? {
    try recipe.check()
    guard
      let data = try options.samples(
        recipe.classifierRecipe(), to: out, progress: progress, shouldStop: shouldStop)
    else { return nil }
    var work = try DecompositionWork(
      run: self, data: data, progress: progress, shouldStop: shouldStop)
    guard try work.trainClassifier() else { return nil }
    for own in recipe.generators {
      guard try work.train(own) else { return nil }
    }
    guard try work.fuse(), try work.trainSegmentation() else { return nil }
    let threshold = try work.measure()
    return try work.export(threshold: threshold)
  }
}
