import Testing
import Training

@Suite struct BootstrapTests {
  private static func figures(threads: Int) -> [Estimate?] {
    var random = SeededRandom(seed: 5, stream: 1)
    let values = (0..<60).map { _ in random.uniform() }
    return PatientBootstrap(
      patients: (0..<60).map { "\($0 / 3)" }, draws: 200, seed: 9, threads: threads
    ).estimates { weights in
      let total = weights.reduce(0, +)
      let mean = zip(values, weights).reduce(0) { $0 + $1.0 * Double($1.1) } / Double(total)
      return [mean, total == 60 ? mean * 2 : nil, nil]
    }
  }

  @Test func limitsAreTheSameForAnyNumberOfThreads() throws {
    let one = Self.figures(threads: 1)
    #expect(Self.figures(threads: 3) == one)
    #expect(Self.figures(threads: 8) == one)
    let mean = try #require(one[0])
    #expect(mean.lower < mean.value && mean.value < mean.upper)
    // Patients of three items each: a draw always has 60 items. A figure nowhere defined is nil.
    #expect(one[1] != nil && one[2] == nil)
  }

  @Test func otherSeedsDrawOtherPatients() {
    let values = (0..<30).map { Double($0 * $0) }
    func mean(_ seed: UInt64) -> Estimate? {
      PatientBootstrap(patients: (0..<30).map(String.init), draws: 200, seed: seed).mean(values)
    }
    #expect(mean(1) == mean(1))
    #expect(mean(1)?.lower != mean(2)?.lower)
    #expect(mean(1)?.value == mean(2)?.value)
  }

  @Test func widthIsThatOfTheMean() throws {
    // The standard error of the mean of n values of deviation s is s / sqrt(n).
    var random = SeededRandom(seed: 11, stream: 0)
    let values = (0..<400).map { _ in random.normal() }
    let mean = try #require(
      PatientBootstrap(patients: (0..<400).map(String.init), draws: 1000, seed: 3).mean(values))
    let half = 1.96 / 20
    #expect(abs((mean.upper - mean.lower) / 2 - half) < 0.15 * half, "seed 11")
  }

  @Test func aFigureUndefinedOnMostDrawsHasNoInterval() {
    // One patient of fifty holds the only lesion: drawn in under two of three draws, kept; two
    // wanted at once: hardly ever.
    let bootstrap = PatientBootstrap(patients: (0..<50).map(String.init), draws: 300, seed: 1)
    let estimates = bootstrap.estimates { weights in
      [weights[0] > 0 ? 1 : nil, weights.allSatisfy { $0 == 1 } || weights[0] > 2 ? 1 : nil]
    }
    #expect(estimates[0]?.value == 1)
    #expect(estimates[1] == nil)
  }

  @Test func sharesOfAllOrNoneUseWilson() {
    let bootstrap = PatientBootstrap(patients: ["a", "b", "c"], draws: 100, seed: 1)
    #expect(bootstrap.share([true, true, true]) == Intervals.wilson(successes: 3, of: 3))
    #expect(bootstrap.share([true, false, true])?.method == "bootstrap-patients")
    #expect(PatientBootstrap(patients: []).share([]) == nil)
    #expect(PatientBootstrap(patients: []).mean([]) == nil)
  }
}
