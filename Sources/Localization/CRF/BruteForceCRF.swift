import Foundation
import Tensors

/// The same inference as `DenseCRF` with the kernels summed over all pairs of pixels, in double
/// precision: what the lattice approximates. For tests; N^2 time and memory for N pixels.
package enum BruteForceCRF {
  /// The most pixels: 64 x 64.
  package static let pixelLimit = 64 * 64

  /// The probability of each label at each pixel, `[labels][height][width]`.
  /// Throws `CRFError`: `.tooLarge`, `.size`, `.setting`, `.notFinite`.
  package static func refine(
    _ guide: CRFGuide, _ energies: LabelEnergies, settings: DenseCRF.Settings = .init()
  ) throws(CRFError) -> [Double] {
    try settings.check()
    let area = guide.width * guide.height
    guard area <= pixelLimit else { throw CRFError(.tooLarge) }
    guard energies.width == guide.width, energies.height == guide.height else {
      throw CRFError(.size)
    }
    let kernel = try pairs(guide, settings)
    let unary = energies.values.map(Double.init)
    var q = softmax(unary.map { -$0 }, area: area)
    for _ in 0..<settings.iterations {
      var scores = unary.map { -$0 }
      for label in 0..<energies.labels {
        for pixel in 0..<area {
          var sum = 0.0
          for other in 0..<area { sum += kernel[pixel * area + other] * q[label * area + other] }
          scores[label * area + pixel] += sum
        }
      }
      q = softmax(scores, area: area)
    }
    return q
  }

  /// sum_m w_m D_m^-1/2 K_m D_m^-1/2, `[area][area]`.
  private static func pairs(
    _ guide: CRFGuide, _ settings: DenseCRF.Settings
  ) throws(CRFError) -> [Double] {
    let bilateral = guide.features(
      position: settings.bilateralSpatialSigma, intensity: settings.bilateralIntensitySigma)
    guard bilateral.allSatisfy(\.isFinite) else { throw CRFError(.notFinite) }
    let area = guide.width * guide.height
    var all = [Double](repeating: 0, count: area * area)
    add(
      guide.features(position: settings.gaussianSigma), Double(settings.gaussianWeight), area, &all)
    add(bilateral, Double(settings.bilateralWeight), area, &all)
    return all
  }

  private static func add(
    _ features: [Float], _ weight: Double, _ area: Int, _ all: inout [Double]
  ) {
    var kernel = [Double](repeating: 0, count: area * area)
    for i in 0..<area {
      for j in 0..<area {
        var distance = 0.0
        for plane in stride(from: 0, to: features.count, by: area) {
          let difference = Double(features[plane + i]) - Double(features[plane + j])
          distance += difference * difference
        }
        kernel[i * area + j] = Foundation.exp(-distance / 2)
      }
    }
    let norms = (0..<area).map { i in
      1 / kernel[(i * area)..<((i + 1) * area)].reduce(0, +).squareRoot()
    }
    for i in 0..<area {
      for j in 0..<area {
        all[i * area + j] += weight * norms[i] * kernel[i * area + j] * norms[j]
      }
    }
  }

  private static func softmax(_ scores: [Double], area: Int) -> [Double] {
    var q = scores
    for pixel in 0..<area {
      let own = stride(from: pixel, to: scores.count, by: area)
      let top = own.reduce(-Double.infinity) { max($0, scores[$1]) }
      for at in own { q[at] = Foundation.exp(scores[at] - top) }
      let sum = own.reduce(0) { $0 + q[$1] }
      for at in own { q[at] /= sum }
    }
    return q
  }
}
