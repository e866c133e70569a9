import Networks

extension ChainRecipe.Learning {
  /// The recipe of one network with what is said here; the rest is for the caller to fill in.
  func recipe(
    name: String, version: String, task: Recipe.Task, network: NetworkSpec, seed: UInt64
  ) -> Recipe {
    var recipe = Recipe(
      name: name, version: version, task: task, modalities: [], labels: [], auxiliary: [],
      network: network, preparation: ImagePreparation(width: 0, height: 0), sources: [],
      batch: batch, epochs: epochs, stepsPerEpoch: stepsPerEpoch,
      validateEvery: validateEvery ?? 1, optimizer: optimizer, schedule: schedule,
      augmentation: augmentation, seed: seed, targetSensitivity: 0, mapMethod: "")
    recipe.microBatch = microBatch
    recipe.checkpointEvery = checkpointEvery
    recipe.positiveShare = positiveShare
    recipe.averageDecay = averageDecay
    recipe.averageWarming = averageWarming
    recipe.dropBlock = dropBlock
    recipe.loss = loss
    return recipe
  }
}
