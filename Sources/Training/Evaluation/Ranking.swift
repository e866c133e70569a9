import Foundation

/// How well scores separate positives from negatives. Truth is 1 or 0 an item.
package enum Ranking {
  /// Area under the ROC curve (ties count half) with its interval by DeLong et al. 1988, made on
  /// the logit scale so that it stays within 0...1. Where the classes separate wholly, DeLong's
  /// variance is 0 and says nothing: the interval is then Wilson's for as many successes as the
  /// smaller class has members. nil unless both classes are there.
  package static func auroc(scores: [Double], truth: [Int]) -> Estimate? {
    let positives = zip(scores, truth).filter { $0.1 == 1 }.map(\.0)
    let negatives = zip(scores, truth).filter { $0.1 == 0 }.map(\.0)
    guard !positives.isEmpty, !negatives.isEmpty else { return nil }
    let wins = positives.map { score in placement(score, among: negatives) }
    let losses = negatives.map { score in 1 - placement(score, among: positives) }
    let area = wins.reduce(0, +) / Double(wins.count)
    let deviation =
      (variance(wins, area) / Double(wins.count) + variance(losses, area) / Double(losses.count))
      .squareRoot()
    if area == 0 || area == 1 {
      let size = min(positives.count, negatives.count)
      guard let wilson = Intervals.wilson(successes: area == 1 ? size : 0, of: size) else {
        return nil
      }
      return Estimate(
        value: area, lower: wilson.lower, upper: wilson.upper, method: "wilson-smaller-class")
    }
    let (lower, upper) = interval(area, deviation)
    return Estimate(value: area, lower: lower, upper: upper, method: "delong-logit")
  }

  /// Share of `others` below `score`, ties half.
  private static func placement(_ score: Double, among others: [Double]) -> Double {
    var sum = 0.0
    for other in others { sum += other < score ? 1 : (other == score ? 0.5 : 0) }
    return sum / Double(others.count)
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

  /// Average precision, sum of (R_i - R_{i-1}) P_i over descending thresholds, ties grouped. nil
  /// without positives.
  package static func averagePrecision(scores: [Float], truth: [UInt8]) -> Double? {
    let positives = truth.reduce(into: 0) { $0 += Int($1) }
    guard positives > 0 else { return nil }
    let order = scores.indices.sorted { scores[$0] > scores[$1] }
    var (hits, seen, sum) = (0, 0, 0.0)
    var index = 0
    while index < order.count {
      let score = scores[order[index]]
      let before = hits
      while index < order.count, scores[order[index]] == score {
        hits += Int(truth[order[index]])
        seen += 1
        index += 1
      }
      sum += Double(hits - before) / Double(positives) * Double(hits) / Double(seen)
    }
    return sum
  }
}

/// The cut of a score that calls an item positive, and what it costs, counted on a stated set.
package struct OperatingPointReport: Sendable, Codable, Hashable {
  package let threshold: Double
  package let targetSensitivity: Double
  package let sensitivity: Estimate
  package let specificity: Estimate

  /// The highest threshold whose sensitivity on these items reaches the target; items at the
  /// threshold are positive. nil unless both classes are there.
  package static func choose(
    scores: [Double], truth: [Int], sensitivity target: Double
  ) -> OperatingPointReport? {
    let positives = zip(scores, truth).filter { $0.1 == 1 }.map(\.0).sorted(by: >)
    guard !positives.isEmpty else { return nil }
    let needed = max(1, Int((target * Double(positives.count) - 1e-9).rounded(.up)))
    return count(
      scores: scores, truth: truth, threshold: positives[needed - 1], target: target)
  }

  /// What a given threshold does on these items.
  package static func count(
    scores: [Double], truth: [Int], threshold: Double, target: Double
  ) -> OperatingPointReport? {
    var (hits, positives, quiet, negatives) = (0, 0, 0, 0)
    for (score, label) in zip(scores, truth) {
      if label == 1 {
        positives += 1
        if score >= threshold { hits += 1 }
      } else {
        negatives += 1
        if score < threshold { quiet += 1 }
      }
    }
    guard let sensitivity = Intervals.wilson(successes: hits, of: positives),
      let specificity = Intervals.wilson(successes: quiet, of: negatives)
    else { return nil }
    return OperatingPointReport(
      threshold: threshold, targetSensitivity: target, sensitivity: sensitivity,
      specificity: specificity)
  }
}
