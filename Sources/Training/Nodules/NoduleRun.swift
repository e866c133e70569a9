import Networks

/// Trains classifiers of CT slices whose activation maps show nodules (Feng et al. 2017), measures what is
/// cut out by them and writes a model package. Stopped or killed at any point, the same call goes on and
/// ends with the same bits.
///
/// The folder holds one folder a stage, "figures.json", "pictures" and the model.
package struct NoduleRun: Sendable {
  package let recipe: NoduleRecipe
  package let options: TrainingRun.Options
  package let out: String

  package init(recipe: NoduleRecipe, options: TrainingRun.Options, out: String) {
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
    var work = try NoduleWork(run: self, data: data, progress: progress, shouldStop: shouldStop)
    guard try work.trainClassifier(), try work.trainFiner(), try work.trainSupervised() else {
      return nil
    }
    try work.measure()
    return try work.export()
  }
}
