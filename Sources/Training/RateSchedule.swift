import Foundation

/// How the learning rate moves over a run, as a factor of the base rate.
package struct RateSchedule: Sendable, Codable, Hashable {
  package enum Kind: String, Sendable, Codable {
    case constant
    /// `(1 - t / T) ^ power`.
    case poly
    /// `(1 + cos(pi t / T)) / 2`.
    case cosine
    /// `factor ^ floor(t / every)`.
    case step
  }

  package var kind: Kind
  package var power: Double
  package var every: Int
  package var factor: Double
  /// Steps of linear growth from 0 before the schedule begins.
  package var warmup: Int
  /// The factor never falls below this once warm.
  package var floor: Double

  package init(
    kind: Kind, power: Double = 0.9, every: Int = 1, factor: Double = 0.1, warmup: Int = 0,
    floor: Double = 0
  ) {
    self.kind = kind
    self.power = power
    self.every = every
    self.factor = factor
    self.warmup = warmup
    self.floor = floor
  }

  /// The factor at a step counted from 0, of `total` steps.
  package func factor(at step: Int, of total: Int) -> Double {
    if step < warmup { return Double(step + 1) / Double(warmup + 1) }
    let done = Double(step - warmup) / Double(max(1, total - warmup))
    switch kind {
    case .constant: return 1
    case .poly: return max(floor, Foundation.pow(max(0, 1 - done), power))
    case .cosine: return max(floor, (1 + Foundation.cos(.pi * min(1, done))) / 2)
    case .step: return max(floor, Foundation.pow(factor, Double((step - warmup) / max(1, every))))
    }
  }
}
