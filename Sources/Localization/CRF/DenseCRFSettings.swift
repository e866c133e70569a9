import Foundation

extension DenseCRF {
  /// The weights of a dense CRF. Defaults are those of the published pipelines (IRNet, CheXseg,
  /// the two-stage pneumothorax method), which were set on pictures of about 512 pixels a side.
  package struct Settings: Sendable, Hashable, Codable {
    /// Mean-field updates.
    package var iterations = 10
    /// Pixels.
    package var gaussianSigma: Float = 3
    package var gaussianWeight: Float = 3
    /// Pixels.
    package var bilateralSpatialSigma: Float = 50
    /// Of 255, in each of three channels.
    package var bilateralIntensitySigma: Float = 5
    package var bilateralWeight: Float = 10
    /// What a hard label is believed: `LabelEnergies(map:...)`.
    package var labelProbability: Float = 0.7
    /// The side of picture, in pixels, that the sigmas and weights above are meant for.
    package var referenceSide = 512

    package init() {}

    /// Throws `CRFError(.setting)`: sigmas are finite and positive, weights finite and not
    /// negative, the probability lies between 0 and 1, iterations between 0 and 1000.
    package func check() throws(CRFError) {
      let sigmas = [gaussianSigma, bilateralSpatialSigma, bilateralIntensitySigma]
      let weights = [gaussianWeight, bilateralWeight]
      guard sigmas.allSatisfy({ $0.isFinite && $0 > 0 }),
        weights.allSatisfy({ $0.isFinite && $0 >= 0 }),
        labelProbability > 0, labelProbability < 1, (0...1000).contains(iterations),
        referenceSide > 0
      else { throw CRFError(.setting) }
    }

    /// The settings for a picture of another size, n its longer side, r the `referenceSide`:
    ///
    /// - spatial sigma of the bilateral kernel: times n / r, at least 4 pixels;
    /// - sigma of the Gaussian kernel: times n / r, at least 1 pixel;
    /// - bilateral weight: times 0.3 up to n = r / 8, 0.5 at n = r / 2, 1 from n = r on, linear
    ///   between; so 10 becomes 3 to 5 on pictures of 64 to 256 pixels;
    /// - the rest as it is; `referenceSide` becomes n.
    ///
    /// The floors and the weight are not undone by scaling again: scale the published settings.
    ///
    /// As published (3, 3, 50, 5, 10) a small object on a small picture is lost: the kernels
    /// reach too far past it. A disc of radius 0.06 n, 12 of 255 darker than its surroundings,
    /// noise 4, from a rough label of IoU 0.62 (pydensecrf, mean of two pictures), at
    /// 64 / 128 / 256 / 512 pixels: as published 0.21 / 0.32 / 0.51 / 0.68; sigmas scaled,
    /// weight 3: 0.74 / 0.95 / 0.95 / 0.95, weight 5: 0.50 / 0.89 / 0.90 / 0.92. The Gaussian
    /// sigma matters as much: left at 3 with weight 5 it gives 0.00 / 0.65 / 0.82 / 0.92.
    package func scaled(width: Int, height: Int) -> Settings {
      let side = max(width, height, 1)
      let share = Float(side) / Float(max(referenceSide, 1))
      var scaled = self
      scaled.bilateralSpatialSigma = max(4, bilateralSpatialSigma * share)
      scaled.gaussianSigma = max(1, gaussianSigma * share)
      let factor: Float =
        switch share {
        case ..<0.125: 0.3
        case ..<0.5: 0.3 + 0.2 * (share - 0.125) / 0.375
        case ..<1: share
        default: 1
        }
      scaled.bilateralWeight = bilateralWeight * factor
      scaled.referenceSide = side
      return scaled
    }
  }
}
