import Graphs
import Imaging
import Localization
import Networks
import Tensors

extension ChainWork {
  /// The model package: the classifier, calibrated on the validation samples, and the segmentation
  /// network.
  func export(_ networks: ChainNetworks) throws -> ModelPackage {
    var own = try recipe.classifierRecipe()
    own.name = recipe.name
    let validation = Validation(recipe: own, samples: data.validation, threads: options.threads)
    let section = ModelDescription.Segmentation(
      network: try recipe.segmentationRecipe().network, threshold: recipe.segmentation.threshold,
      thresholdSource: ThresholdSource.none.rawValue,
      smallestShare: recipe.segmentation.filter.smallestShare,
      leastMeanProbability: recipe.segmentation.filter.leastMeanProbability)
    return try ModelExport(recipe: own, validation: validation).export(
      networks.classifier, segmentation: (section, networks.segmentation), to: out)
  }
}
