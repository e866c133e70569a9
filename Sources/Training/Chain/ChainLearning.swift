import Localization
import Networks

/// The recipes of the networks of a chain.
extension ChainRecipe {
  package var classifierRecipe: Recipe {
    recipe(.classification, classifier, suffix: "classifier", method: maps.method)
  }

  /// Over positives with seeds. The network must be an IRNet.
  package var affinityRecipe: Recipe {
    recipe(.affinity, affinity.learning, suffix: "affinity", method: maps.method)
  }

  package var segmentationRecipe: Recipe {
    recipe(.segmentation, segmentation.learning, suffix: "segmentation", method: maps.method)
  }

  private func recipe(
    _ task: Recipe.Task, _ learning: Learning, suffix: String, method: String
  ) -> Recipe {
    var recipe = Recipe(
      name: name + "-" + suffix, version: version, task: task, modalities: modalities,
      labels: [label], auxiliary: task == .classification ? auxiliary ?? [] : [],
      network: learning.network, preparation: preparation, sources: sources,
      batch: learning.batch, epochs: learning.epochs, stepsPerEpoch: learning.stepsPerEpoch,
      validateEvery: learning.validateEvery ?? 1, optimizer: learning.optimizer,
      schedule: learning.schedule, augmentation: learning.augmentation, seed: seed,
      targetSensitivity: targetSensitivity, mapMethod: method)
    recipe.auxiliaryWeight = auxiliaryWeight
    recipe.lungModel = lungModel
    recipe.checkpointEvery = learning.checkpointEvery
    recipe.positiveShare = learning.positiveShare
    recipe.averageDecay = learning.averageDecay
    recipe.averageWarming = learning.averageWarming
    recipe.allowNonCommercial = allowNonCommercial
    recipe.dropBlock = learning.dropBlock
    recipe.loss = learning.loss
    return recipe
  }

  /// Throws `TrainingError`: `recipe`, or what a recipe of one network throws.
  package func check() throws {
    for recipe in [classifierRecipe, affinityRecipe, segmentationRecipe] { try recipe.check() }
    let share = 0.0...1.0
    guard case .irNet = affinity.learning.network,
      ([maps.method] + (maps.compared ?? [])).allSatisfy({ Localizers.named($0) != nil }),
      share.contains(seeds.background), share.contains(seeds.foreground),
      seeds.background < seeds.foreground, (2...20).contains(affinity.radius),
      share.contains(segmentation.threshold),
      segmentation.balances != true || segmentation.learning.loss?.positiveWeight == nil,
      lungModel != nil || !preparation.needsLungs
    else { throw TrainingError(.recipe) }
  }
}
