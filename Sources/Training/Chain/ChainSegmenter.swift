import Graphs
import Imaging
import Localization
import Networks
import Tensors

/// Step 3 of the chain: the trained segmentation network.
struct ChainSegmenter: Sendable {
  private let network: Segmenter
  private let settings: ChainRecipe.Segmentation

  init(_ recipe: ChainRecipe, parameters: Parameters) throws {
    settings = recipe.segmentation
    network = try Segmenter(
      network: recipe.segmentationRecipe().network, parameters: parameters,
      preparation: recipe.preparation)
  }

  /// Probability at the input size.
  func probability(of image: PreparedImage, using workspace: Workspace) throws -> Image {
    try network.probabilities(of: image, using: workspace)
  }

  /// Cells at or above the threshold, without the regions that the filter drops.
  func mask(_ probability: Image) -> Mask {
    settings.filter.mask(of: probability, atLeast: Float(settings.threshold))
  }
}
