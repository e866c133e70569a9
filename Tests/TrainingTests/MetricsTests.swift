import Imaging
import Testing

import Training

func close(_ a: Double?, _ b: Double, _ tolerance: Double = 1e-5) -> Bool {
  guard let a else { return false }
  return abs(a - b) <= tolerance
}

@Suite struct MetricsTests {
  @Test func wilsonByHand() {
    let estimate = Intervals.wilson(successes: 8, of: 10)
    #expect(close(estimate?.value, 0.8))
    #expect(close(estimate?.lower, 0.490162, 1e-4))
    #expect(close(estimate?.upper, 0.943318, 1e-4))
    #expect(Intervals.wilson(successes: 0, of: 0) == nil)
    #expect(close(Intervals.wilson(successes: 10, of: 10)?.upper, 1))
  }

  @Test func aurocAndDeLongByHand() {
    // Placements 1, 1, 3/4 and 2/3, 1, 1, 1; variance 0.020833/3 + 0.027778/4 = 0.0138889.
    let estimate = Ranking.auroc(
      scores: [0.9, 0.8, 0.4, 0.5, 0.3, 0.1, 0.2], truth: [1, 1, 1, 0, 0, 0, 0])
    #expect(close(estimate?.value, 11.0 / 12))
    #expect(close(estimate?.lower, 0.348443, 1e-4))
    #expect(close(estimate?.upper, 0.995600, 1e-4))
    #expect(Ranking.auroc(scores: [1, 2], truth: [1, 1]) == nil)
    #expect(close(Ranking.auroc(scores: [1, 1], truth: [0, 1])?.value, 0.5))
    // One positive has no variance to tell from: never a narrow interval by its absence.
    let single = Ranking.auroc(scores: [2, 1, 3, 0, 0], truth: [1, 0, 0, 0, 0])
    #expect(single?.value == 0.75 && (single?.upper ?? 0) - (single?.lower ?? 1) > 0.7)
    // Whole separation: never an interval of width zero.
    let perfect = Ranking.auroc(scores: [2, 3, 0, 1], truth: [1, 1, 0, 0])
    #expect(perfect?.value == 1 && close(perfect?.lower, 0.342372, 1e-4))
  }

  @Test func averagePrecisionGroupsTies() {
    #expect(
      close(Ranking.averagePrecision(scores: [0.9, 0.8, 0.7, 0.7], truth: [1, 0, 1, 0]), 0.75))
    #expect(Ranking.averagePrecision(scores: [1], truth: [0]) == nil)
  }

  @Test func operatingPointReachesTheStatedSensitivity() {
    let scores = [0.9, 0.8, 0.7, 0.2, 0.6, 0.5, 0.3, 0.1]
    let truth = [1, 1, 1, 1, 0, 0, 0, 0]
    let point = OperatingPointReport.choose(scores: scores, truth: truth, sensitivity: 0.75)
    #expect(point?.threshold == 0.7)
    #expect(close(point?.sensitivity.value, 0.75))
    #expect(close(point?.specificity.value, 1))
    let strict = OperatingPointReport.choose(scores: scores, truth: truth, sensitivity: 0.9)
    #expect(strict?.threshold == 0.2)
    #expect(close(strict?.specificity.value, 0.25))
  }

  @Test func diceSaysWhichOne() {
    let empty = Mask(width: 4, height: 1)
    let pixel = Mask(width: 4, height: 1, bits: [1, 0, 0, 0])
    let predicted = Mask(width: 4, height: 1, bits: [1, 1, 0, 0])
    let truth = Mask(width: 4, height: 1, bits: [0, 1, 1, 0])
    #expect(Overlap.dice(empty.bits, empty.bits) == nil)
    #expect(Overlap.dice(empty.bits, pixel.bits) == 0)
    #expect(Overlap.dice(predicted.bits, truth.bits) == 0.5)
    let report = DiceReport(
      predicted: [empty, empty, predicted], truth: [empty, pixel, truth], groups: ["a", "b", "c"])
    #expect(close(report.positivesOnly?.value, 0.25))
    #expect(close(report.allPictures, 0.5))
    #expect(close(report.pooled, 0.4))
  }

  @Test func bootstrapKeepsPatientsTogether() {
    // One patient holds both items, so that every draw has the same mean.
    let same = Intervals.bootstrap(groups: ["a", "a"]) { items in
      items.reduce(0.0) { $0 + Double($1) } / Double(items.count)
    }
    #expect(same?.lower == 0.5 && same?.upper == 0.5)
    let apart = Intervals.bootstrap(groups: ["a", "b"]) { items in
      items.reduce(0.0) { $0 + Double($1) } / Double(items.count)
    }
    #expect(apart?.lower == 0 && apart?.upper == 1)
  }

  @Test func plattMeetsItsOwnOptimum() throws {
    let logits: [Double] = [-3, -2, -1.5, -1, -0.5, 0, 0.5, 1, 2, 3]
    let truth = [0, 0, 0, 1, 0, 1, 0, 1, 1, 1]
    let fit = try #require(PlattCalibration.fit(logits: logits, truth: truth))
    // At the optimum the residuals sum to zero, plain and weighted by the logit.
    let high = 6.0 / 7
    let low = 1.0 / 7
    let residuals = zip(logits, truth).map {
      ($0, ($1 == 1 ? high : low) - fit.probability(of: $0))
    }
    #expect(abs(residuals.reduce(0) { $0 + $1.1 }) < 1e-6)
    #expect(abs(residuals.reduce(0) { $0 + $1.0 * $1.1 }) < 1e-6)
    #expect(fit.probability(of: 3) > fit.probability(of: -3))
    #expect(PlattCalibration.fit(logits: logits, truth: truth.map { 1 - $0 }) == nil)
    #expect(PlattCalibration.fit(logits: [1, 2], truth: [1, 1]) == nil)
  }
}
