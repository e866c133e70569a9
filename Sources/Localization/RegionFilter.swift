import Imaging
import Networks

/// Drops the connected regions that are small or that the network is unsure of (Viniavskyi et al.
/// 2020, step 3; the paper gives no sizes).
package struct RegionFilter: Sendable, Hashable, Codable {
  /// Regions smaller than this share of the picture are dropped; 0 keeps all.
  package var smallestShare: Double
  /// Regions of a lower mean probability are dropped; 0 keeps all.
  package var leastMeanProbability: Double

  /// Our own choice where nothing was chosen on validation: 0.2 % of the picture, .6.
  package init(smallestShare: Double = 0.002, leastMeanProbability: Double = 0.6) {
    self.smallestShare = smallestShare
    self.leastMeanProbability = leastMeanProbability
  }

  /// As a model package says.
  package init(_ section: ModelDescription.Segmentation) {
    self.init(
      smallestShare: section.smallestShare, leastMeanProbability: section.leastMeanProbability)
  }

  /// Whether a region of `area` cells of a picture of `whole` cells stays.
  package func keeps(area: Int, of whole: Int, mean: Double) -> Bool {
    Double(area) >= smallestShare * Double(whole) && mean >= leastMeanProbability
  }

  /// `mask` without the regions (8-connected) that are dropped; `probabilities` has its size.
  package func applied(to mask: Mask, probabilities: Image) -> Mask {
    precondition(mask.width == probabilities.width && mask.height == probabilities.height)
    let components = Components(mask, connectivity: .all)
    var sums = [Double](repeating: 0, count: components.count)
    for (label, runs) in components.runsByLabel.enumerated() {
      for run in runs {
        let line = Int(run.row) * mask.width
        for index in line + Int(run.begin)..<line + Int(run.end) {
          sums[label] += Double(probabilities.pixels[index])
        }
      }
    }
    let kept = (0..<components.count).filter { label in
      let area = components.sizes[label]
      return keeps(area: area, of: mask.bits.count, mean: sums[label] / Double(area))
    }
    var result = Mask(width: mask.width, height: mask.height)
    components.paint(Set(kept), into: &result.bits)
    return result
  }

  /// The cells of probability `threshold` and more, less the regions that are dropped.
  package func mask(of probabilities: Image, atLeast threshold: Float) -> Mask {
    applied(to: Mask(probabilities, atLeast: threshold), probabilities: probabilities)
  }
}
