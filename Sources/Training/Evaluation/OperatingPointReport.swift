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
    let calls = CallCounts(scores: scores, truth: truth, threshold: threshold)
    guard let sensitivity = calls.sensitivity, let specificity = calls.specificity else {
      return nil
    }
    return OperatingPointReport(
      threshold: threshold, targetSensitivity: target, sensitivity: sensitivity,
      specificity: specificity)
  }
}

/// What a threshold makes of a set of items.
package struct CallCounts: Sendable, Codable, Hashable {
  package private(set) var truePositives = 0
  package private(set) var falsePositives = 0
  package private(set) var trueNegatives = 0
  package private(set) var falseNegatives = 0

  /// Items at the threshold are called positive.
  package init(scores: [Double], truth: [Int], threshold: Double) {
    for (score, label) in zip(scores, truth) {
      switch (score >= threshold, label == 1) {
      case (true, true): truePositives += 1
      case (true, false): falsePositives += 1
      case (false, true): falseNegatives += 1
      case (false, false): trueNegatives += 1
      }
    }
  }

  package var positives: Int { truePositives + falseNegatives }
  package var negatives: Int { trueNegatives + falsePositives }
  /// With Wilson's interval; nil without positives.
  package var sensitivity: Estimate? {
    Intervals.wilson(successes: truePositives, of: positives)
  }
  /// With Wilson's interval; nil without negatives.
  package var specificity: Estimate? {
    Intervals.wilson(successes: trueNegatives, of: negatives)
  }
  /// `2 TP / (2 TP + FP + FN)`; nil where nothing is positive and nothing is called so.
  package var f1: Double? {
    let all = 2 * truePositives + falsePositives + falseNegatives
    return all > 0 ? Double(2 * truePositives) / Double(all) : nil
  }
}
