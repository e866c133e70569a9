import Imaging
import Networks

/// Lesions of CT slices from image labels by decomposition (Yang et al. 2021) as data: a classifier,
/// one decomposition or several, and a segmentation network that learns from what both agree on.
///
/// The last step is ours ("self-training on decomposition maps"): slices without lesion are known to
/// hold none in any pixel, so that vessels and airways, which a decomposition takes for lesions here
/// and there, are unlearned from them.
package struct DecompositionRecipe: SliceRecipe, Codable {
  package var name: String
  package var version: String
  /// Goes into the model as it is: whether its scores are experimental.
  package var experimental: Bool?
  package var modalities: [String]
  package var label: ModelDescription.Label
  /// One channel, the normalised slice, 0 outside the lungs.
  package var preparation: ImagePreparation
  /// How pictures of 8 bits are read; nil refuses them.
  package var slicePictures: SlicePictures?
  /// `train` and `validation` by image labels; drawn lesions of `test`, else of `validation`, serve
  /// the figures and the final threshold alone.
  package var sources: [Recipe.Source]
  package var seed: UInt64
  package var targetSensitivity: Double
  /// The mean of so many strongest slices speaks for a series; nil makes a model of slices alone.
  package var seriesTop: Int?
  package var allowNonCommercial: Bool?
  package var classifier: ChainRecipe.Learning
  /// The classifier maps that are measured, the first of which the fusion takes.
  package var maps: [String]
  /// Their lesion maps are averaged.
  package var decompositions: [AdversarialRecipe]
  /// Trained and measured, and of no use to the model.
  package var baselines: [AdversarialRecipe]?
  package var fusion: Fusion
  package var segmentation: Segmentation
}

extension DecompositionRecipe {
  /// `max(0, blur(g2)) * (floor + min(1, max(0, cam) / scale))`, `scale` the `quantile` of the
  /// positive classifier map over the lungs of the training slices.
  package struct Fusion: Sendable, Codable {
    /// Of the blur, in pixels of the input.
    package var sigma: Double
    package var floor: Double
    package var quantile: Double
    /// Exponent of the peak of a slice that its map is divided by: 0 compares slices as they are,
    /// 1 gives each lesion slice one pixel of 1.
    package var peak: Double
  }

  package struct Segmentation: Sendable, Codable {
    package var learning: ChainRecipe.Learning
    /// A map is cut where so large a share of the lung pixels of training slices without lesion lies
    /// below, but between `leastPeak` and `mostPeak` of the slice's own peak: every slice with lesion
    /// then shows one, and none more than its map stands out.
    package var quantile: Double
    package var leastPeak: Double
    package var mostPeak: Double
    /// Each further round learns from the probabilities of the one before, cut likewise.
    package var rounds: Int
    /// Regions smaller than this share of the picture are not drawn.
    package var smallestShare: Double
    /// Mirror images and scales that the probabilities are averaged over.
    package var averaging: MapAveraging?
  }

  package func classifierRecipe() throws -> Recipe {
    try recipe(classifier, task: .classification, name: name)
  }

  /// Each begins with weights and draws of its own, but for the first, which takes those of the seed.
  func generatorRecipe(_ own: AdversarialRecipe) throws -> Recipe {
    var recipe = try recipe(own.learning, task: .adversarial, name: own.name)
    recipe.batch = own.drawn
    recipe.seed &+= 1000 * UInt64(generators.firstIndex { $0.name == own.name } ?? 0)
    return recipe
  }

  /// Those of the model, then the baselines.
  var generators: [AdversarialRecipe] { decompositions + (baselines ?? []) }

  func segmentationRecipe() throws -> Recipe {
    try recipe(segmentation.learning, task: .segmentation, name: name)
  }

  var mapMethod: String { maps.first ?? "" }

  /// Throws `TrainingError`: `recipe`, `licenceRefused`.
  package func check() throws {
    func require(_ condition: Bool) throws {
      guard condition else { throw TrainingError(.recipe) }
    }
    try classifierRecipe().check()
    try segmentationRecipe().check()
    try require(
      !decompositions.isEmpty && Set(generators.map(\.name)).count == generators.count)
    try require(decompositions.allSatisfy { $0.method == .decomposition })
    for own in generators {
      try own.check()
      try generatorRecipe(own).check()
    }
    try require(preparation.channels == [.intensity] && preparation.lungOnly)
    try require(!maps.isEmpty && Set(maps).count == maps.count)
    try require((0...10).contains(fusion.sigma) && (0...1).contains(fusion.floor))
    try require((0.5...1).contains(fusion.quantile) && (0...1).contains(fusion.peak))
    try require((0.5..<1).contains(segmentation.quantile))
    try require((0...1).contains(segmentation.leastPeak) && segmentation.mostPeak <= 1)
    try require(segmentation.leastPeak <= segmentation.mostPeak)
    try require((1...10).contains(segmentation.rounds))
    try require((1...1000).contains(seriesTop ?? 1))
    try require((0...1).contains(segmentation.smallestShare))
  }
}
