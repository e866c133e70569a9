import Foundation

/// A figure with its confidence interval.
package struct Estimate: Sendable, Codable, Hashable {
  package let value: Double
  package let lower: Double
  package let upper: Double
  /// How the interval was made: "wilson", "delong-logit", "bootstrap-patients", ...
  package let method: String

  package init(value: Double, lower: Double, upper: Double, method: String) {
    self.value = value
    self.lower = lower
    self.upper = upper
    self.method = method
  }
}

package enum Intervals {
  /// 97.5 % point of the standard normal distribution.
  static let z = 1.959963984540054

  /// Wilson score interval of a proportion at 95 % (Wilson 1927). nil when `total` is 0.
  package static func wilson(successes: Int, of total: Int) -> Estimate? {
    guard total > 0 else { return nil }
    let (lower, upper) = wilson(share: Double(successes) / Double(total), of: total)
    // At none and all the limit is the share itself, but for rounding.
    return Estimate(
      value: Double(successes) / Double(total), lower: successes == 0 ? 0 : lower,
      upper: successes == total ? 1 : upper, method: "wilson")
  }

  /// The same of any share, counted or not. `total` is at least 1.
  static func wilson(share p: Double, of total: Int) -> (lower: Double, upper: Double) {
    let n = Double(total)
    let shrink = 1 + z * z / n
    let centre = (p + z * z / (2 * n)) / shrink
    let half = z / shrink * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    return (centre - half, centre + half)
  }

  /// Percentile bootstrap at 95 %: `groups` (patients) are drawn with replacement, each with all
  /// of its items. `statistic` takes item indices and may be undefined on a draw, which is then
  /// left out. nil when it is undefined on all items, or on half of the draws.
  package static func bootstrap(
    groups: [String], draws: Int = 1000, seed: UInt64 = 1, threads: Int = 1,
    statistic: @Sendable ([Int]) -> Double?
  ) -> Estimate? {
    PatientBootstrap(patients: groups, draws: draws, seed: seed, threads: threads)
      .estimates { weights in
        [statistic(weights.indices.flatMap { repeatElement($0, count: weights[$0]) })]
      }[0]
  }
}
