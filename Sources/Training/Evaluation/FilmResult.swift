import Imaging
import Lungs

/// What came of one picture in an evaluation: figures alone, so that a set of any size fits.
struct FilmResult: Sendable {
  /// Number within the source.
  let item: Int
  let label: Int
  let probability: Double
  /// One minus the mean of the picture, in its unit.
  let darkness: Double
  /// nil where no usable lungs are known.
  let lungDarkness: Double?
  let patient: String
  let origin: String
  /// nil where nobody drew the lesion, or the model makes no map.
  let drawn: DrawnResult?
}

/// Map against drawn lesion of one picture.
struct DrawnResult: Sendable {
  let overlap: PredictorOverlap
  /// Whether the strongest place of the map inside the lungs lies in the truth; likewise the
  /// darkest one; and how likely a place in the lungs does by chance.
  let hit: Bool
  let darkestHit: Bool
  let chanceHit: Double
  /// Truth over lungs in pixels; nil where no usable lungs are known.
  let lesionShare: Double?
  let sides: SideResult
  /// Over the input grid inside the lungs; empty for pictures without a lesion.
  let map: PixelHistogram
  let intensity: PixelHistogram
  /// Lesion pixels of the input grid outside the lungs, which no threshold reaches.
  let missed: Int
}

/// Every predictor's mask against the truth, at the picture's resolution.
struct PredictorOverlap: Sendable {
  /// Regions of the map, if the picture was called positive; and whether or not.
  let model: OverlapCounts
  let ungated: OverlapCounts
  let wholeLung: OverlapCounts
  let allEmpty: OverlapCounts
  /// The darkest (CT: brightest) part of the lungs, one by each of `DarkestPart.shares`.
  let darkest: [OverlapCounts]
}

/// Sides of the strongest region, of the darker lung, and of the lesion.
struct SideResult: Sendable {
  let called: Bool
  let model: Side?
  let darker: Side?
  let truth: Side?
}

/// The darkest (CT: brightest) part of the lungs of one picture.
enum DarkestPart {
  /// Shares of the lungs that are tried.
  static let shares = [0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4]

  /// For each share, the darkest pixels up to it, ties included, against the truth.
  ///
  /// - Parameter sign: -1 where the lesion is dark, 1 where it is bright.
  static func counts(_ image: Image, lung: Mask, truth: Mask, sign: Float) -> [OverlapCounts] {
    var strength: [Float] = []
    var inTruth: [UInt8] = []
    for index in image.pixels.indices where lung.bits[index] != 0 {
      strength.append(sign * image.pixels[index])
      inTruth.append(truth.bits[index])
    }
    let all = truth.count
    let falling = strength.sorted(by: >)
    return shares.map { share in
      let rank = Int((share * Double(falling.count)).rounded(.up)) - 1
      guard falling.indices.contains(rank) else {
        return OverlapCounts(both: 0, predicted: 0, truth: all, pixels: truth.bits.count)
      }
      let level = falling[rank]
      var (both, predicted) = (0, 0)
      for (value, bit) in zip(strength, inTruth) where value >= level {
        predicted += 1
        both += Int(bit)
      }
      return OverlapCounts(
        both: both, predicted: predicted, truth: all, pixels: truth.bits.count)
    }
  }
}
