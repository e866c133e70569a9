import Foundation

/// What a call is worth where so many of the films have the finding.
///
/// From sensitivity and specificity by Bayes' rule. The intervals are propagated, not drawn:
/// normal on the logit scale with the adjusted counts `(x + z^2/2) / (n + z^2)` (Mercaldo, Lau and
/// Zhou 2007), so that they have a width even where no error was seen; they are widened to hold
/// the figure itself.
package struct PredictiveValues: Sendable, Codable, Hashable {
  package let prevalence: Double
  /// "stated" by whoever asked, or "set": the share of positives in the set, which is hardly ever
  /// that of a clinic.
  package let prevalenceSource: String
  /// nil where nothing is called positive.
  package let ppv: Estimate?
  /// nil where nothing is called negative.
  package let npv: Estimate?

  /// - Parameter prevalence: 0 < p < 1; nil takes the share in the set.
  /// - Returns: nil unless both classes are there.
  package init?(_ calls: CallCounts, prevalence stated: Double?) {
    guard calls.positives > 0, calls.negatives > 0 else { return nil }
    let p = stated ?? Double(calls.positives) / Double(calls.positives + calls.negatives)
    prevalence = p
    prevalenceSource = stated == nil ? "set" : "stated"
    let hit = Self.rates(calls.truePositives, calls.positives)
    let quiet = Self.rates(calls.trueNegatives, calls.negatives)
    ppv = Self.estimate(
      right: (hit, p), wrong: (quiet.complement, 1 - p))
    npv = Self.estimate(
      right: (quiet, 1 - p), wrong: (hit.complement, p))
  }

  private struct Rate {
    /// As counted.
    let plain: Double
    /// Adjusted, and the variance of its logarithm.
    let adjusted: Double
    let n: Double

    var complement: Rate { Rate(plain: 1 - plain, adjusted: 1 - adjusted, n: n) }
    var logVariance: Double { (1 - adjusted) / (adjusted * n) }
  }

  private static func rates(_ count: Int, _ total: Int) -> Rate {
    let n = Double(total) + Intervals.z * Intervals.z
    return Rate(
      plain: Double(count) / Double(total),
      adjusted: (Double(count) + Intervals.z * Intervals.z / 2) / n, n: n)
  }

  private static func estimate(
    right: (rate: Rate, share: Double), wrong: (rate: Rate, share: Double)
  ) -> Estimate? {
    let good = right.rate.plain * right.share
    let bad = wrong.rate.plain * wrong.share
    guard good + bad > 0 else { return nil }
    let value = good / (good + bad)
    let logit = Foundation.log(
      right.rate.adjusted * right.share / (wrong.rate.adjusted * wrong.share))
    let half = Intervals.z * (right.rate.logVariance + wrong.rate.logVariance).squareRoot()
    return Estimate(
      value: value, lower: min(value, 1 / (1 + Foundation.exp(half - logit))),
      upper: max(value, 1 / (1 + Foundation.exp(-half - logit))),
      method: "logit-propagation-adjusted")
  }
}
