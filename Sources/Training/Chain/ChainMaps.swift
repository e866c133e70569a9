import Graphs
import Imaging
import Localization
import Networks
import Tensors

/// Step 1 of the chain: the map of the label from a trained classifier.
struct ChainMaps: Sendable {
  let method: String
  private let classifier: Classifier
  private let insideLung: Bool

  /// - Parameter method: nil takes that of the recipe. A class map has no layer to choose.
  init(_ recipe: ChainRecipe, classifier parameters: Parameters, method: String? = nil) throws {
    try self.init(
      recipe.classifierRecipe(), settings: recipe.maps, classifier: parameters, method: method)
  }

  /// Of one label of a classifier.
  init(
    _ recipe: Recipe, settings: ChainRecipe.Maps, classifier parameters: Parameters,
    method: String? = nil, label: Int = 0
  ) throws {
    let method = method ?? settings.method
    self.method = method
    insideLung = settings.insideLung ?? false
    classifier = try Classifier(
      network: recipe.network, parameters: parameters, preparation: recipe.preparation,
      map: MapMethod(
        method, layer: method == ClassActivationMap.name ? nil : settings.layer,
        averaging: settings.averaging), label: label)
  }

  /// At the input size, `0...1`, the largest cell 1; all 0 where nothing speaks for the label.
  func map(of image: PreparedImage, using workspace: Workspace) throws -> Image {
    guard let raw = try classifier.read(image, using: workspace).heatmap?.image else {
      throw LocalizationError(.noMap)
    }
    var map = raw.bilinear(width: image.base.width, height: image.base.height)
    for index in map.pixels.indices { map.pixels[index] = max(0, map.pixels[index]) }
    return (insideLung ? map.inside(image.lung) : map).dividedByPeak()
  }
}

extension Image {
  /// 0 outside the lung; unchanged without a mask.
  func inside(_ lung: Mask?) -> Image {
    guard let lung else { return self }
    return Image(
      width: width, height: height, pixels: zip(pixels, lung.bits).map { $1 == 0 ? 0 : $0 })
  }

  /// Values over the largest one; unchanged where no value is above 0.
  func dividedByPeak() -> Image {
    guard let peak = pixels.max(), peak > 0 else { return self }
    return Image(width: width, height: height, pixels: pixels.map { $0 / peak })
  }
}
