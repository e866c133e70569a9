import Foundation
import Graphs
import Imaging
import Localization
import Networks
import Tensors

/// The map of a classifier over its input.
struct ClassMaps: Sendable {
  private let classifier: Classifier

  init(
    _ recipe: DecompositionRecipe, classifier parameters: Parameters, method: String
  ) throws {
    let own = try recipe.classifierRecipe()
    classifier = try Classifier(
      network: own.network, parameters: parameters, preparation: own.preparation,
      map: MapMethod(method))
  }

  /// At the input's size, in the unit of the method, 0 outside the lungs.
  func map(of image: PreparedImage, using workspace: Workspace) throws -> Image {
    guard let raw = try classifier.read(image, using: workspace).heatmap?.image else {
      throw LocalizationError(.noMap)
    }
    return raw.bilinear(width: image.base.width, height: image.base.height).inside(image.lung)
  }
}

/// What decompositions hold for a lesion, where the classifier does as well: see
/// `DecompositionRecipe.Fusion`.
struct FusedMaps: Sendable {
  let settings: DecompositionRecipe.Fusion
  let classes: ClassMaps
  /// The class map that counts as sure.
  let scale: Float
  let decompositions: [AdversarialMaps]

  func map(of image: PreparedImage, using workspace: Workspace) throws -> Image {
    var sum = try mean(of: image, using: workspace).blurred(sigma: settings.sigma)
      .inside(image.lung)
    let sure = try classes.map(of: image, using: workspace)
    for index in sum.pixels.indices {
      let share = min(1, max(0, sure.pixels[index]) / scale)
      sum.pixels[index] = max(0, sum.pixels[index]) * (Float(settings.floor) + share)
    }
    let peak = Double(sum.pixels.max() ?? 0)
    guard settings.peak > 0, peak > 1e-4 else { return sum }
    let factor = Float(1 / pow(peak, settings.peak))
    for index in sum.pixels.indices { sum.pixels[index] *= factor }
    return sum
  }

  /// The mean of the lesion parts.
  func mean(of image: PreparedImage, using workspace: Workspace) throws -> Image {
    var sum = Image(width: image.base.width, height: image.base.height)
    for one in decompositions {
      guard let lesion = try one.maps(of: image, using: workspace).lesion else { continue }
      for index in sum.pixels.indices { sum.pixels[index] += lesion.pixels[index] }
    }
    for index in sum.pixels.indices { sum.pixels[index] /= Float(decompositions.count) }
    return sum
  }

  /// The quantile of the positive values of a map over the lungs of all samples.
  static func scale(
    of classes: ClassMaps, over samples: SampleSet, quantile: Double, threads: Int
  ) throws -> Float {
    let values = try Items.map(samples.count, threads: threads) { index, workspace in
      let image = samples[index].image
      let map = try classes.map(of: image, using: workspace)
      return image.lungCells.map { max(0, map.pixels[$0]) }
    }
    return max(1e-6, Statistics.quantiles(values.flatMap { $0 }, [quantile])[0])
  }
}
