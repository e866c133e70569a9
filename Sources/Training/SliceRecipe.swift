import Networks

/// What the recipes of methods on CT slices have in common: one label, one preparation, and the
/// recipes of their networks.
protocol SliceRecipe: Sendable {
  var name: String { get }
  var version: String { get }
  var experimental: Bool? { get }
  var modalities: [String] { get }
  var label: ModelDescription.Label { get }
  var preparation: ImagePreparation { get }
  var slicePictures: SlicePictures? { get }
  var sources: [Recipe.Source] { get set }
  var seed: UInt64 { get }
  var targetSensitivity: Double { get }
  var allowNonCommercial: Bool? { get }
  /// Of the classifier.
  var mapMethod: String { get }
}

extension SliceRecipe {
  /// That of one network. Throws `recipe` where `learning` names none.
  func recipe(
    _ learning: ChainRecipe.Learning, task: Recipe.Task, name: String
  ) throws -> Recipe {
    guard let network = learning.network else { throw TrainingError(.recipe) }
    var recipe = learning.recipe(
      name: name, version: version, task: task, network: network, seed: seed)
    recipe.experimental = experimental
    recipe.modalities = modalities
    recipe.labels = [label]
    recipe.preparation = preparation
    recipe.slicePictures = slicePictures
    recipe.sources = sources
    recipe.targetSensitivity = targetSensitivity
    recipe.allowNonCommercial = allowNonCommercial
    recipe.mapMethod = mapMethod
    return recipe
  }

  /// The same on the data set that the command line gives, by its splits.
  var onGivenData: Self {
    var recipe = self
    recipe.sources = [Recipe.Source.Use.train, .validation, .test].map { use in
      var source = Recipe.Source(kind: .data, use: use)
      source.split = use.rawValue
      return source
    }
    return recipe
  }
}
