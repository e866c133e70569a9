import Foundation

/// How well scores separate positives from negatives. Truth is 1 or 0 an item.
package enum Ranking {
  /// Area under the ROC curve (ties count half) with its interval by DeLong et al. 1988, made on
  /// the logit scale so that it stays within 0...1. Where the classes separate wholly, or one has a
  /// single member, DeLong's variance says nothing: the interval is then Wilson's for that share of
  /// as many items as the smaller class has. nil unless both classes are there. Cost: n log n.
  package static func auroc(scores: [Double], truth: [Int]) -> Estimate? {
    let positives = zip(scores, truth).filter { $0.1 == 1 }.map(\.0).sorted()
    let negatives = zip(scores, truth).filter { $0.1 == 0 }.map(\.0).sorted()
    guard !positives.isEmpty, !negatives.isEmpty else { return nil }
    let wins = positives.map { score in placement(score, among: negatives) }
    let losses = negatives.map { score in 1 - placement(score, among: positives) }
    let area = wins.reduce(0, +) / Double(wins.count)
    let deviation =
      (variance(wins, area) / Double(wins.count) + variance(losses, area) / Double(losses.count))
      .squareRoot()
    let size = min(positives.count, negatives.count)
    if area == 0 || area == 1 || size == 1 {
      let (lower, upper) = Intervals.wilson(share: area, of: size)
      return Estimate(
        value: area, lower: area == 0 ? 0 : lower, upper: area == 1 ? 1 : upper,
        method: "wilson-smaller-class")
    }
    let (lower, upper) = interval(area, deviation)
    return Estimate(value: area, lower: lower, upper: upper, method: "delong-logit")
  }

  /// Share of `others`, which rise, below `score`, ties half.
  private static func placement(_ score: Double, among others: [Double]) -> Double {
    let below = count(others) { $0 < score }
    let upTo = count(others) { $0 <= score }
    return (Double(below) + 0.5 * Double(upTo - below)) / Double(others.count)
  }

  /// How many of the first values, which satisfy `holds` up to some place and not beyond.
  private static func count(_ values: [Double], _ holds: (Double) -> Bool) -> Int {
    var (low, high) = (0, values.count)
    while low < high {
      let middle = (low + high) / 2
      if holds(values[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private static func variance(_ values: [Double], _ mean: Double) -> Double {
    guard values.count > 1 else { return 0 }
    return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
  }

  private static func interval(_ area: Double, _ deviation: Double) -> (Double, Double) {
    guard deviation > 0, area > 0, area < 1 else { return (area, area) }
    let logit = Foundation.log(area / (1 - area))
    let half = Intervals.z * deviation / (area * (1 - area))
    return (1 / (1 + Foundation.exp(half - logit)), 1 / (1 + Foundation.exp(-half - logit)))
  }

  /// Area under the precision-recall curve as `sum (R_i - R_{i-1}) P_i`, ties grouped. nil
  /// without positives.
  package static func averagePrecision(scores: [Float], truth: [UInt8]) -> Double? {
    PrecisionRecall(scores: scores.map(Double.init), truth: truth.map(Int.init))?
      .averagePrecision
  }
}

/// AUROC over the pairs of one origin alone, for origins that give the label away.
package struct PairRanking: Sendable {
  private let truth: [Int]
  /// By origin, runs of equal scores, rising; each run holds item numbers.
  private let origins: [[[Int]]]

  package init(scores: [Double], truth: [Int], origins names: [String]) {
    self.truth = truth
    // By name, so that the sum is made in the same order every time.
    let groups = Dictionary(grouping: scores.indices, by: { names[$0] })
      .sorted { $0.key < $1.key }
    origins = groups.map { _, members in
      var runs: [[Int]] = []
      var last: Double?
      for item in members.sorted(by: { (scores[$0], $0) < (scores[$1], $1) }) {
        if scores[item] != last { runs.append([]) }
        last = scores[item]
        runs[runs.count - 1].append(item)
      }
      return runs
    }
  }

  /// With its interval by patient; as for all pairs, Wilson's where the classes separate wholly.
  package func estimate(bootstrap: PatientBootstrap) -> Estimate? {
    guard let area = area(weights: truth.map { _ in 1 }) else { return nil }
    guard area == 0 || area == 1 else {
      return bootstrap.estimates { [self.area(weights: $0)] }[0]
    }
    let paired = origins.map { $0.flatMap { $0.map { truth[$0] } } }
      .filter { $0.contains(0) && $0.contains(1) }.flatMap { $0 }
    return Ranking.auroc(
      scores: paired.map { area == 1 ? Double($0) : -Double($0) }, truth: paired)
  }

  /// With items that count `weights` times; nil where no origin holds both classes.
  package func area(weights: [Int]) -> Double? {
    var (wins, pairs) = (0.0, 0.0)
    for runs in origins {
      var (negatives, positives) = (0, 0)
      for run in runs {
        var (up, down) = (0, 0)
        for item in run {
          if truth[item] == 1 { up += weights[item] } else { down += weights[item] }
        }
        wins += Double(up) * (Double(negatives) + 0.5 * Double(down))
        negatives += down
        positives += up
      }
      pairs += Double(negatives) * Double(positives)
    }
    return pairs > 0 ? wins / pairs : nil
  }
}
