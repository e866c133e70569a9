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

  /// - Parameter method: nil takes that of the recipe.
  init(_ recipe: ChainRecipe, classifier parameters: Parameters, method: String? = nil) throws {
    let method = method ?? recipe.maps.method
    self.method = method
    insideLung = recipe.maps.insideLung ?? false
    classifier = try Classifier(
      network: try recipe.classifierRecipe().network, parameters: parameters,
      preparation: recipe.preparation,
      map: MapMethod(method, layer: recipe.maps.layer, averaging: recipe.maps.averaging))
  }

  /// At the input size, `0...1`, the largest cell 1; all 0 where nothing speaks for the label.
  func map(of image: PreparedImage, using workspace: Workspace) throws -> Image {
    guard let raw = try classifier.read(image, using: workspace).heatmap?.image else {
      throw LocalizationError(.noMap)
    }
    var map = raw.bilinear(width: image.base.width, height: image.base.height)
    for index in map.pixels.indices {
      let counts = !insideLung || (image.lung?.bits[index] ?? 1) != 0
      map.pixels[index] = counts ? max(0, map.pixels[index]) : 0
    }
    return map.dividedByPeak()
  }
}

extension Image {
  /// Values over the largest one; unchanged where no value is above 0.
  func dividedByPeak() -> Image {
    guard let peak = pixels.max(), peak > 0 else { return self }
    return Image(width: width, height: height, pixels: pixels.map { $0 / peak })
  }
}
