import Localization
import Networks

/// Nodules from slice labels by their activation maps (Feng et al. 2017) as data: a classifier with one
/// global mean, networks with two and three, each trained by itself, and how nodules are cut out.
package struct NoduleRecipe: SliceRecipe, Codable {
  package var name: String
  package var version: String
  /// Goes into the model as it is: whether its scores are experimental.
  package var experimental: Bool?
  package var modalities: [String]
  package var label: ModelDescription.Label
  /// One channel, which candidates are cut out of.
  package var preparation: ImagePreparation
  /// How pictures of 8 bits are read; nil refuses them.
  package var slicePictures: SlicePictures?
  /// `train` and `validation` by image labels; drawn nodules of `test`, else of `validation`, serve the
  /// figures alone, and those of `train` the supervised network.
  package var sources: [Recipe.Source]
  package var seed: UInt64
  package var targetSensitivity: Double
  /// The mean of so many strongest slices speaks for a series; nil makes a model of slices alone.
  package var seriesTop: Int?
  package var allowNonCommercial: Bool?
  /// Of one scale.
  package var classifier: ChainRecipe.Learning
  /// Of several scales, each measured.
  package var finer: [ChainRecipe.Learning]
  /// Place in `finer` of the network that goes into the model; nil: none, the classifier's map alone.
  package var shipped: Int?
  /// How nodules are cut out; without a network.
  package var nodules: ModelDescription.Nodules
  /// The supervised U-Net of the comparison, on drawn nodules; nil leaves it out.
  package var supervised: ChainRecipe.Learning?
}

extension NoduleRecipe {
  var mapMethod: String { NoduleActivationMap.name }

  package func classifierRecipe() throws -> Recipe {
    try recipe(classifier, task: .classification, name: name)
  }

  func finerRecipe(_ index: Int) throws -> Recipe {
    try recipe(finer[index], task: .classification, name: name)
  }

  func supervisedRecipe() throws -> Recipe? {
    try supervised.map { try recipe($0, task: .segmentation, name: name) }
  }

  /// Throws `TrainingError`: `recipe`, `licenceRefused`.
  package func check() throws {
    func require(_ condition: Bool) throws {
      guard condition else { throw TrainingError(.recipe) }
    }
    try classifierRecipe().check()
    try supervisedRecipe()?.check()
    try require(classifier.network?.noduleScales == 1 && classifier.network?.outputs == 1)
    for index in finer.indices {
      try finerRecipe(index).check()
      try require((finer[index].network?.noduleScales ?? 0) > 1)
      try require(finer[index].network?.outputs == 1)
    }
    // A stage is named after its scales.
    let scales = finer.compactMap { $0.network?.noduleScales }
    try require(Set(scales).count == scales.count)
    try require(shipped.map(finer.indices.contains) ?? true)
    try require(nodules.isSound && nodules.network == nil)
    try require(preparation.channels == [.intensity])
    try require((1...1000).contains(seriesTop ?? 1))
  }
}
