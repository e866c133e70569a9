import Foundation
import Testing
import Training

@Suite struct RateScheduleTests {
  private static func schedule(_ name: String) -> RateSchedule? {
    switch name {
    case "step 5": return RateSchedule(kind: .step, every: 5)
    case "exponential .99": return RateSchedule(kind: .exponential, factor: 0.99)
    case "cosine 12": return RateSchedule(kind: .cosine)
    case "milestones 3 5 9":
      var made = RateSchedule(kind: .milestones)
      made.milestones = [3, 5, 9]
      return made
    case "poly 10":
      var made = RateSchedule(kind: .poly)
      made.length = 10
      return made
    default: return nil
    }
  }

  /// By steps, and by epochs of 3 steps, against PyTorch's schedulers.
  @Test(arguments: OptimizerVectors.factors.keys.sorted())
  func followsPyTorch(_ name: String) throws {
    var schedule = try #require(Self.schedule(name))
    let factors = try #require(OptimizerVectors.factors[name])
    let total = factors.count
    for (time, factor) in factors.enumerated() {
      #expect(abs(schedule.factor(at: time, of: total) - factor) < 1e-10)
    }
    schedule.per = .epoch
    for step in 0..<3 * total {
      let factor = schedule.factor(at: step, of: 3 * total, stepsPerEpoch: 3)
      #expect(abs(factor - factors[step / 3]) < 1e-10)
    }
  }

  /// Poly by epoch, power .9, 40 epochs, at least 1e-6 in each group: encoder 1e-4, decoder 1e-3.
  @Test func polyByEpochHasALeastRate() {
    var schedule = RateSchedule(kind: .poly)
    (schedule.per, schedule.length, schedule.minimumRate) = (.epoch, 40, 1e-6)
    let factor = { schedule.factor(at: $0, of: 50 * 7, stepsPerEpoch: 7) }
    #expect(factor(6) == 1)
    #expect(close(factor(7), 0.977471))
    #expect(close(factor(20 * 7 + 3), 0.535887))
    #expect(factor(45 * 7) == 0)
    #expect(schedule.minimumRate(at: 45 * 7) == 1e-6)
  }

  /// A warm-up counts steps whatever the unit, and is below any least rate.
  @Test func warmUpComesFirst() {
    var schedule = RateSchedule(kind: .step, every: 1, factor: 0.5, warmup: 3)
    schedule.per = .epoch
    schedule.minimumRate = 0.01
    let factors = (0..<6).map { schedule.factor(at: $0, of: 20, stepsPerEpoch: 4) }
    #expect(factors == [0.25, 0.5, 0.75, 1, 0.5, 0.5])
    #expect(schedule.minimumRate(at: 2) == 0)
    #expect(schedule.minimumRate(at: 3) == 0.01)
  }

  @Test func rampRisesAndStays() {
    let ramp = LinearRamp(end: 0.2, values: 5, per: .epoch)
    let values = (0..<7).map { ramp.value(at: $0) }
    for (value, expected) in zip(values, [0, 0.05, 0.1, 0.15, 0.2, 0.2, 0.2]) {
      #expect(abs(value - expected) < 1e-12)
    }
    #expect(values[4] == 0.2)
    #expect(LinearRamp(start: 0.3, end: 0.1, values: 1, per: .call).value(at: 0) == 0.1)
    #expect(LinearRamp(start: 0.3, end: 0.1, values: 2, per: .call).value(at: 0) == 0.3)
  }
}
