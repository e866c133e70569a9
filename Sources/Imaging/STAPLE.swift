/// Simultaneous truth and performance level estimation of binary masks (Warfield, Zou and Wells 2004):
/// expectation maximisation of the hidden truth and of each rater's sensitivity and specificity, as ITK's
/// `STAPLEImageFilter` does it.
package struct STAPLE: Sendable {
  /// By cell, the probability that the truth is 1.
  package let probabilities: [Double]
  /// By rater: the share of true cells marked, and of others left unmarked.
  package let sensitivity: [Double]
  package let specificity: [Double]

  private static let start = 0.99999
  private static let tolerance = 1e-14
  private static let most = 1000

  /// - Parameters:
  ///   - raters: masks of one size, each row one rater's, values 0 and 1.
  ///   The prior of a cell is the share of marks among all of all raters.
  package init(_ raters: [[UInt8]]) {
    precondition(!raters.isEmpty && raters.allSatisfy { $0.count == raters[0].count })
    let cells = raters[0].count
    let marked = raters.reduce(0) { $0 + $1.reduce(0) { $0 + Int($1) } }
    let prior = Double(marked) / Double(max(1, cells * raters.count))
    var weights = [Double](repeating: 0, count: cells)
    var p = [Double](repeating: Self.start, count: raters.count)
    var q = p
    for _ in 0..<Self.most {
      for cell in 0..<cells {
        var (inside, outside) = (prior, 1 - prior)
        for (rater, mask) in raters.enumerated() {
          inside *= mask[cell] != 0 ? p[rater] : 1 - p[rater]
          outside *= mask[cell] != 0 ? 1 - q[rater] : q[rater]
        }
        weights[cell] = inside + outside > 0 ? inside / (inside + outside) : 0
      }
      let total = weights.reduce(0, +)
      var moved = 0.0
      for (rater, mask) in raters.enumerated() {
        var (hits, rejections) = (0.0, 0.0)
        for cell in 0..<cells {
          if mask[cell] != 0 { hits += weights[cell] } else { rejections += 1 - weights[cell] }
        }
        let (newP, newQ) = (
          total > 0 ? hits / total : p[rater],
          Double(cells) > total ? rejections / (Double(cells) - total) : q[rater]
        )
        moved += (newP - p[rater]) * (newP - p[rater]) + (newQ - q[rater]) * (newQ - q[rater])
        (p[rater], q[rater]) = (newP, newQ)
      }
      if moved < Self.tolerance { break }
    }
    (probabilities, sensitivity, specificity) = (weights, p, q)
  }
}
