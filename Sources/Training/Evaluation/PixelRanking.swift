/// How well map values rank the pixels of a set, lesions before background.
package struct PixelRanking: Sendable, Encodable {
  /// Areas under the pooled precision-recall curve, with intervals by patient.
  package let averagePrecision: Estimate?
  package let trapezoid: Estimate?
  package let curve: [PrecisionRecall.Point]
  /// Dice if the map were cut at other thresholds, without the filter of small regions.
  package let thresholds: [DiceAtThreshold]
  /// The best mean Dice of `thresholds`: chosen on this very truth, a ceiling and no result.
  package let bestDice: DiceAtThreshold?

  package struct DiceAtThreshold: Sendable, Hashable, Codable {
    package let threshold: Double
    /// Mean over pictures with a lesion, and over all their pixels together.
    package let mean: Double
    package let pooled: Double
  }

  /// - Parameters:
  ///   - pictures: those with a lesion, one histogram each.
  ///   - missed: of each, lesion pixels that no threshold can reach, being outside the lungs.
  package init(
    pooled: PooledHistogram, pictures: [PixelHistogram], missed: [Int],
    bootstrap: PatientBootstrap
  ) {
    let whole = PrecisionRecall(falling: pooled.falling())
    curve = Thinning.of(whole?.points ?? [], to: 200)
    let table = HistogramTable(pictures)
    let coarse = bootstrap.estimates { weights in
      let curve = PrecisionRecall(falling: table.falling(weights: weights))
      return [curve?.averagePrecision, curve?.trapezoid]
    }
    averagePrecision = Self.moved(coarse[0], to: whole?.averagePrecision)
    trapezoid = Self.moved(coarse[1], to: whole?.trapezoid)
    thresholds = table.diceCurve(missed: missed)
    bestDice = thresholds.max { ($0.mean, -$0.threshold) < ($1.mean, -$1.threshold) }
  }

  /// The draws are made on coarse bins: their limits move with the figure of the fine ones.
  private static func moved(_ coarse: Estimate?, to value: Double?) -> Estimate? {
    guard let coarse, let value else { return nil }
    let shift = value - coarse.value
    return Estimate(
      value: value, lower: max(0, coarse.lower + shift), upper: min(1, coarse.upper + shift),
      method: coarse.method)
  }
}

/// The histograms of many pictures over the same at most `most` bins, falling.
struct HistogramTable: Sendable {
  static let most = 512

  /// The lowest coarse bin of each column of the table.
  private let floors: [UInt16]
  /// By picture, then column.
  private let lesion: [[UInt32]]
  private let background: [[UInt32]]

  init(_ pictures: [PixelHistogram]) {
    let floors = Self.floors(pictures)
    self.floors = floors
    var lesion: [[UInt32]] = []
    var background: [[UInt32]] = []
    for picture in pictures {
      var (hits, rest) = ([UInt32](repeating: 0, count: floors.count), [UInt32]())
      rest = hits
      var column = floors.count - 1
      for (index, bin) in picture.bins.enumerated() {
        while column > 0, bin >= floors[column - 1] { column -= 1 }
        hits[column] += picture.lesion[index]
        rest[column] += picture.background[index]
      }
      lesion.append(hits)
      background.append(rest)
    }
    self.lesion = lesion
    self.background = background
  }

  /// Cuts the bins in use so that columns hold about as many pixels each, lesion pixels counting
  /// as much in sum as background.
  private static func floors(_ pictures: [PixelHistogram]) -> [UInt16] {
    var (hits, rest) = ([UInt16: Double](), [UInt16: Double]())
    for picture in pictures {
      for (index, bin) in picture.bins.enumerated() {
        hits[bin, default: 0] += Double(picture.lesion[index])
        rest[bin, default: 0] += Double(picture.background[index])
      }
    }
    let bins = Set(hits.keys).union(rest.keys).sorted(by: >)
    guard bins.count > most else { return bins }
    let allHits = max(1, bins.reduce(0) { $0 + (hits[$1] ?? 0) })
    let allRest = max(1, bins.reduce(0) { $0 + (rest[$1] ?? 0) })
    var (floors, mass) = ([UInt16](), 0.0)
    for bin in bins {
      mass += (hits[bin] ?? 0) / allHits + (rest[bin] ?? 0) / allRest
      if mass * Double(most) / 2 >= Double(floors.count + 1) { floors.append(bin) }
    }
    if let lowest = bins.last, floors.last != lowest { floors.append(lowest) }
    return floors
  }

  func falling(weights: [Int]) -> [PixelCount] {
    var hits = [Int](repeating: 0, count: floors.count)
    var rest = hits
    for (picture, weight) in weights.enumerated() where weight > 0 {
      for column in floors.indices {
        hits[column] += Int(lesion[picture][column]) * weight
        rest[column] += Int(background[picture][column]) * weight
      }
    }
    return zip(hits, rest).map { PixelCount(lesion: Double($0), background: Double($1)) }
  }

  /// At most 100 thresholds above zero, falling.
  func diceCurve(missed: [Int]) -> [PixelRanking.DiceAtThreshold] {
    var states = missed.indices.map { picture in
      OverlapCounts(
        both: 0, predicted: 0,
        truth: lesion[picture].reduce(missed[picture]) { $0 + Int($1) }, pixels: 0)
    }
    let step = max(1, (floors.count + 99) / 100)
    var curve: [PixelRanking.DiceAtThreshold] = []
    for column in floors.indices {
      for picture in states.indices {
        states[picture].both += Int(lesion[picture][column])
        states[picture].predicted += Int(lesion[picture][column] + background[picture][column])
      }
      let threshold = Double(FloatBins.value(coarse: Int(floors[column])))
      guard column % step == 0, threshold > 0, !states.isEmpty else { continue }
      let ones = [Int](repeating: 1, count: states.count)
      curve.append(
        .init(
          threshold: threshold,
          mean: OverlapDefinition.dicePositives.value(states, weights: ones) ?? 0,
          pooled: OverlapDefinition.dicePooled.value(states, weights: ones) ?? 0))
    }
    return curve
  }
}

/// Fewer points of a long curve, ends kept.
enum Thinning {
  static func of<Point>(_ points: [Point], to most: Int) -> [Point] {
    guard points.count > most, most > 1 else { return points }
    return (0..<most).map { points[$0 * (points.count - 1) / (most - 1)] }
  }
}
