import Graphs
import Imaging
import Localization
import Networks
import Tensors

extension MixedWork {
  /// The model package: the classifier, each label calibrated on the validation samples, and the
  /// product's segmentation network with a threshold a label.
  func export() throws -> ModelPackage {
    guard let classifier, let (variant, product) = product() else {
      throw TrainingError(.checkpointMismatch)
    }
    var own = LabelFolding(try recipe.classifierRecipe()).recipe
    own.name = recipe.name
    for label in own.labels.indices {
      own.labels[label].mapThreshold = product.thresholds.thresholds[label]
    }
    let validation = Validation(recipe: own, samples: data.validation, threads: options.threads)
    let section = ModelDescription.Segmentation(
      network: try recipe.segmentationRecipe(variant).network,
      threshold: product.thresholds.thresholds[0],
      thresholdSource: ThresholdSource.pixelLevelValidation.rawValue)
    return try ModelExport(recipe: own, validation: validation).export(
      classifier, segmentation: (section, product.weights), to: out)
  }

  /// The variant that the recipe names, or the best one on the validation samples; of equals the
  /// first.
  private func product() -> (MixedRecipe.Variant, Trained)? {
    let all = recipe.segmentation.variants.compactMap { variant in
      trained[variant.name].map { (variant, $0) }
    }
    if let name = recipe.segmentation.product { return all.first { $0.0.name == name } }
    var best = all.first
    for one in all.dropFirst()
    where one.1.thresholds.meanIoU > best?.1.thresholds.meanIoU ?? 0 { best = one }
    return best
  }
}
