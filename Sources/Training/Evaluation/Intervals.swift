import Foundation

/// A figure with its confidence interval.
package struct Estimate: Sendable, Codable, Hashable {
  package let value: Double
  package let lower: Double
  package let upper: Double
  /// How the interval was made: "wilson", "delong", "bootstrap-patients", ...
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
    let n = Double(total)
    let p = Double(successes) / n
    let shrink = 1 + z * z / n
    let centre = (p + z * z / (2 * n)) / shrink
    let half = z / shrink * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    return Estimate(
      value: p, lower: max(0, centre - half), upper: min(1, centre + half), method: "wilson")
  }

  /// Percentile bootstrap at 95 %: `groups` (patients) are drawn with replacement, each with all
  /// of its items. `statistic` takes item indices and may be undefined on a draw, which is then
  /// left out. nil when it is undefined on all items.
  package static func bootstrap(
    groups: [String], draws: Int = 1000, seed: UInt64 = 1,
    statistic: ([Int]) -> Double?
  ) -> Estimate? {
    guard let value = statistic(Array(groups.indices)) else { return nil }
    var members: [String: [Int]] = [:]
    for (index, group) in groups.enumerated() { members[group, default: []].append(index) }
    let names = members.keys.sorted()
    var random = SeededRandom(seed: seed, stream: 0)
    var values: [Double] = []
    for _ in 0..<draws {
      var items: [Int] = []
      for _ in names { items += members[names[random.integer(below: names.count)]] ?? [] }
      if let drawn = statistic(items) { values.append(drawn) }
    }
    values.sort()
    guard values.count >= 20 else { return nil }
    let last = Double(values.count - 1)
    return Estimate(
      value: value, lower: values[Int((0.025 * last).rounded())],
      upper: values[Int((0.975 * last).rounded())], method: "bootstrap-patients")
  }
}
