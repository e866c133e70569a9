import Localization
import Networks

/// The recipes of the networks of a chain.
extension ChainRecipe {
  /// The same on the data set that the command line gives, by its splits "train", "validation" and
  /// "test", instead of the recipe's own sources; in training, patients with films of both classes
  /// give matched pairs. One that names such data itself stays as it is.
  var onGivenData: ChainRecipe {
    guard !sources.contains(where: { $0.kind == .data && $0.folder == nil }) else { return self }
    var recipe = self
    recipe.sources = [Recipe.Source.Use.train, .validation, .test].map { use in
      var source = Recipe.Source(kind: .data, use: use)
      source.split = use.rawValue
      if use == .train { source.matched = true }
      return source
    }
    return recipe
  }

  /// Throws `TrainingError(.recipe)` as the others.
  package func classifierRecipe() throws -> Recipe {
    try recipe(.classification, classifier, classifier.network, suffix: "classifier")
  }

  /// Over positives with seeds, the trunk of the classifier under the heads of IRNet.
  package func affinityRecipe() throws -> Recipe {
    let network = try? classifier.network?.boundaryNetwork(
      edgeWidth: affinity.edgeWidth, width: affinity.width)
    guard affinity.learning.network == nil else { throw TrainingError(.recipe) }
    return try recipe(.affinity, affinity.learning, network, suffix: "affinity")
  }

  package func segmentationRecipe() throws -> Recipe {
    let learning = segmentation.learning
    return try recipe(.segmentation, learning, learning.network, suffix: "segmentation")
  }

  private func recipe(
    _ task: Recipe.Task, _ learning: Learning, _ network: NetworkSpec?, suffix: String
  ) throws -> Recipe {
    guard let network else { throw TrainingError(.recipe) }
    var recipe = learning.recipe(
      name: name + "-" + suffix, version: version, task: task, network: network, seed: seed)
    recipe.modalities = modalities
    recipe.labels = [label]
    recipe.auxiliary = task == .classification ? auxiliary ?? [] : []
    recipe.auxiliaryWeight = auxiliaryWeight
    recipe.preparation = preparation
    recipe.sources = sources
    recipe.targetSensitivity = targetSensitivity
    recipe.mapMethod = maps.method
    recipe.lungModel = lungModel
    recipe.allowNonCommercial = allowNonCommercial
    recipe.experimental = experimental
    return recipe
  }

  /// Throws `TrainingError`: `recipe`, or what a recipe of one network throws.
  package func check() throws {
    for recipe in try [classifierRecipe(), affinityRecipe(), segmentationRecipe()] {
      try recipe.check()
    }
    let share = 0.0...1.0
    guard ([maps.method] + (maps.compared ?? [])).allSatisfy({ Localizers.named($0) != nil }),
      maps.averaging?.isSound ?? true,
      share.contains(seeds.background), share.contains(seeds.foreground),
      seeds.background < seeds.foreground, (try? seeds.crf?.check()) != nil || seeds.crf == nil,
      (2...20).contains(affinity.radius), (try? walk.check()) != nil,
      share.contains(segmentation.threshold),
      segmentation.balances != true || segmentation.learning.loss?.positiveWeight == nil,
      lungModel != nil || !preparation.needsLungs
    else { throw TrainingError(.recipe) }
  }
}
