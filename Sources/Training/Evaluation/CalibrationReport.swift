/// Whether probabilities mean what they say.
package struct CalibrationReport: Sendable, Codable, Hashable {
  package struct Bin: Sendable, Codable, Hashable {
    package let n: Int
    /// Mean probability of the items.
    package let predicted: Double
    /// Share of them that are positive, with Wilson's interval.
    package let observed: Estimate
  }

  /// Rising, each of about as many items: item `i` of `n` is in bin `10 i / n`.
  package let bins: [Bin]
  /// `sum_b n_b / n |observed_b - predicted_b|` over these bins.
  package let expectedError: Double
  /// Mean squared difference of probability and label (Brier 1950).
  package let brier: Double
  /// Brier score of whoever gives every item the share of positives in the set.
  package let brierOfPrevalence: Double

  package static let binCount = 10

  /// nil for no items.
  package init?(probabilities: [Double], truth: [Int]) {
    let n = probabilities.count
    guard n > 0 else { return nil }
    let order = probabilities.indices.sorted {
      (probabilities[$0], $0) < (probabilities[$1], $1)
    }
    var bins: [Bin] = []
    var error = 0.0
    for bin in 0..<Self.binCount {
      let members = order[bin * n / Self.binCount..<(bin + 1) * n / Self.binCount]
      let positives = members.reduce(0) { $0 + truth[$1] }
      guard let observed = Intervals.wilson(successes: positives, of: members.count) else {
        continue
      }
      let predicted = members.reduce(0) { $0 + probabilities[$1] } / Double(members.count)
      bins.append(Bin(n: members.count, predicted: predicted, observed: observed))
      error += Double(members.count) / Double(n) * abs(observed.value - predicted)
    }
    self.bins = bins
    expectedError = error
    brier =
      zip(probabilities, truth).reduce(0) { $0 + ($1.0 - Double($1.1)) * ($1.0 - Double($1.1)) }
      / Double(n)
    let prevalence = Double(truth.reduce(0, +)) / Double(n)
    brierOfPrevalence = prevalence * (1 - prevalence)
  }
}
