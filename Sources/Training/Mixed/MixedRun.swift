import Foundation
import Networks

/// Trains segmentation networks on few expert masks and many image labels (Gadgil et al. 2021) and
/// writes a model package. Stopped or killed at any point, the same call goes on and ends with the
/// same bits.
///
/// The folder holds one folder a stage, "figures.json" of the test samples, "pictures", and the
/// model.
package struct MixedRun: Sendable {
  package let recipe: MixedRecipe
  package let options: TrainingRun.Options
  package let out: String

  package init(recipe: MixedRecipe, options: TrainingRun.Options, out: String) {
    self.recipe = options.data == nil ? recipe : recipe.onGivenData
    self.options = options
    self.out = out
  }

  /// - Returns: the finished model, nil when `shouldStop` or the epoch limit stopped it earlier.
  ///   Throws `TrainingError`; `expertsMissing` where no source gives an expert mask.
  package func run(
    progress: @escaping (ChainEvent) -> Void = { _ in },
    shouldStop: @escaping () -> Bool = { false }
  ) throws -> ModelPackage? {
    try recipe.check()
    guard
      let data = try options.samples(
        recipe.classifierRecipe(), to: out, progress: progress, shouldStop: shouldStop)
    else { return nil }
    var work = try MixedWork(run: self, data: data, progress: progress, shouldStop: shouldStop)
    guard try work.prepare() else { return nil }
    for variant in recipe.segmentation.variants {
      guard try work.train(variant) else { return nil }
    }
    try work.measure()
    return try work.export()
  }
}
