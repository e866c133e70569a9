import Foundation

/// How the learning rate moves over a run, as a factor of the base rate.
///
/// In the formulas `t` counts steps since the warm-up, or epochs of the whole run, and `T` is how
/// many there are.
package struct RateSchedule: Sendable, Codable, Hashable {
  package enum Kind: String, Sendable, Codable {
    case constant
    /// `(1 - t / T) ^ power`.
    case poly
    /// `(1 + cos(pi t / T)) / 2`.
    case cosine
    /// `factor ^ floor(t / every)`.
    case step
    /// `factor` once more from each of `milestones` on.
    case milestones
    /// `factor ^ t`.
    case exponential
  }

  /// What `t`, `T`, `every` and `milestones` count.
  package enum Unit: String, Sendable, Codable {
    case step
    case epoch
  }

  package var kind: Kind
  package var power: Double
  package var every: Int
  package var factor: Double
  /// Steps of linear growth from 0 before the schedule begins; steps whatever the unit.
  package var warmup: Int
  /// The factor never falls below this once warm.
  package var floor: Double
  /// nil is `.step`. An epoch has one rate from its first step to its last.
  package var per: Unit?
  /// `T` where it is not the length of the run.
  package var length: Int?
  /// For `.milestones`, ascending.
  package var milestones: [Int]?
  /// The rate itself, not its factor, never falls below this once warm, in any parameter group.
  package var minimumRate: Double?

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

  /// The factor at a step counted from 0, of `total` steps. `stepsPerEpoch` is at least 1.
  package func factor(at step: Int, of total: Int, stepsPerEpoch: Int = 1) -> Double {
    if step < warmup { return Double(step + 1) / Double(warmup + 1) }
    let time: Int
    let end: Int
    switch per ?? .step {
    case .step: (time, end) = (step - warmup, length ?? total - warmup)
    case .epoch: (time, end) = (step / stepsPerEpoch, length ?? total / stepsPerEpoch)
    }
    let done = Double(time) / Double(max(1, end))
    switch kind {
    case .constant: return 1
    case .poly: return max(floor, Foundation.pow(max(0, 1 - done), power))
    case .cosine: return max(floor, (1 + Foundation.cos(.pi * min(1, done))) / 2)
    case .step: return max(floor, Foundation.pow(factor, Double(time / max(1, every))))
    case .milestones:
      let passed = (milestones ?? []).count { $0 <= time }
      return max(floor, Foundation.pow(factor, Double(passed)))
    case .exponential: return max(floor, Foundation.pow(factor, Double(time)))
    }
  }

  /// The least rate at a step: `minimumRate` once warm.
  package func minimumRate(at step: Int) -> Double { step < warmup ? 0 : minimumRate ?? 0 }

  /// Whether the numbers lie where the formulas are defined.
  var isWithinBounds: Bool {
    let marks = milestones ?? []
    return power > 0 && power.isFinite && every >= 1 && factor > 0 && factor.isFinite
      && warmup >= 0 && (0...1).contains(floor) && length ?? 1 >= 1
      && zip(marks, marks.dropFirst()).allSatisfy { $0 < $1 } && marks.first ?? 0 >= 0
      && (kind == .milestones) == (milestones != nil)
      && minimumRate.map { $0 >= 0 && $0.isFinite } ?? true
  }
}
