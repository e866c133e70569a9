import Foundation

/// From a logit to a probability: `1 / (1 + exp(a * logit + b))`, Platt 1999 with the smoothed
/// targets and the Newton steps of Lin, Lin and Weng 2007.
package struct PlattCalibration: Sendable, Codable, Hashable {
  package let a: Double
  package let b: Double

  package init(a: Double, b: Double) {
    self.a = a
    self.b = b
  }

  package func probability(of logit: Double) -> Double {
    let x = a * logit + b
    return x >= 0 ? Foundation.exp(-x) / (1 + Foundation.exp(-x)) : 1 / (1 + Foundation.exp(x))
  }

  /// Fits on validation logits; nil unless both classes are there. The slope is kept from turning
  /// round: a fit with `a >= 0` (scores that rank backwards) is refused as nil.
  package static func fit(logits: [Double], truth: [Int]) -> PlattCalibration? {
    let positives = truth.reduce(0, +)
    let negatives = truth.count - positives
    guard positives > 0, negatives > 0 else { return nil }
    let high = Double(positives + 1) / Double(positives + 2)
    let low = 1 / Double(negatives + 2)
    let targets = truth.map { $0 == 1 ? high : low }
    var (a, b) = (0.0, Foundation.log(Double(negatives + 1) / Double(positives + 1)))
    var cost = objective(a, b, logits, targets)
    for _ in 0..<100 {
      var (h11, h22, h21, g1, g2) = (1e-12, 1e-12, 0.0, 0.0, 0.0)
      for (x, t) in zip(logits, targets) {
        let p = PlattCalibration(a: a, b: b).probability(of: x)
        let weight = p * (1 - p)
        h11 += x * x * weight
        h22 += weight
        h21 += x * weight
        g1 += x * (t - p)
        g2 += t - p
      }
      if abs(g1) < 1e-7, abs(g2) < 1e-7 { break }
      let determinant = h11 * h22 - h21 * h21
      let stepA = -(h22 * g1 - h21 * g2) / determinant
      let stepB = -(h11 * g2 - h21 * g1) / determinant
      var scale = 1.0
      var moved = false
      while scale >= 1e-10, !moved {
        let next = objective(a + scale * stepA, b + scale * stepB, logits, targets)
        if next < cost + 1e-4 * scale * (g1 * stepA + g2 * stepB) {
          (a, b, cost, moved) = (a + scale * stepA, b + scale * stepB, next, true)
        }
        scale /= 2
      }
      if !moved { break }
    }
    return a < 0 ? PlattCalibration(a: a, b: b) : nil
  }

  private static func objective(
    _ a: Double, _ b: Double, _ logits: [Double], _ targets: [Double]
  ) -> Double {
    zip(logits, targets).reduce(0) { sum, pair in
      let x = a * pair.0 + b
      let log1 =
        x >= 0 ? Foundation.log1p(Foundation.exp(-x)) : Foundation.log1p(Foundation.exp(x)) - x
      return sum + pair.1 * x + log1
    }
  }
}
