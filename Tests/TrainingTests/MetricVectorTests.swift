import Imaging
import Testing
import Training

/// Figures against scikit-learn and SciPy, and against the cards' own fixtures.
@Suite struct MetricVectorTests {
  private let scores = MetricVectors.scores
  private let truth = MetricVectors.truth

  @Test func aurocAndItsInterval() throws {
    let estimate = try #require(Ranking.auroc(scores: scores, truth: truth))
    for (value, known) in zip(
      [estimate.value, estimate.lower, estimate.upper], MetricVectors.delong)
    {
      #expect(close(value, known, 1e-12))
    }
    #expect(close(estimate.value, MetricVectors.area, 1e-12))
  }

  @Test func pairsOfOneOrigin() {
    let ranking = PairRanking(
      scores: scores, truth: truth, origins: scores.indices.map { "\($0 % 4)" })
    let ones = scores.map { _ in 1 }
    #expect(close(ranking.area(weights: ones), MetricVectors.withinOrigins, 1e-12))
    // An item that counts twice is an item that is there twice.
    var weights = ones
    weights[0] = 2
    weights[1] = 0
    let kept = scores.indices.flatMap { repeatElement($0, count: weights[$0]) }
    let copied = PairRanking(
      scores: kept.map { scores[$0] }, truth: kept.map { truth[$0] },
      origins: kept.map { "\($0 % 4)" })
    #expect(
      close(
        ranking.area(weights: weights), copied.area(weights: kept.map { _ in 1 }) ?? -1, 1e-12))
    // Whole separation within origins, though not across: Wilson's for the smaller class.
    let parted = PairRanking(
      scores: [1, 2, 3, 4], truth: [0, 1, 0, 1], origins: ["a", "a", "b", "b"])
    let estimate = parted.estimate(bootstrap: PatientBootstrap(patients: ["1", "2", "3", "4"]))
    #expect(estimate?.value == 1 && close(estimate?.lower, 0.342380, 1e-6))
    let apart = PairRanking(scores: [1, 2], truth: [0, 1], origins: ["a", "b"])
    #expect(apart.area(weights: [1, 1]) == nil)
  }

  @Test func precisionAndRecall() throws {
    let curve = try #require(PrecisionRecall(scores: scores, truth: truth))
    #expect(close(curve.averagePrecision, MetricVectors.averagePrecision, 1e-12))
    #expect(close(curve.trapezoid, MetricVectors.trapezoid, 1e-12))
    // The fixture of Yang et al. 2021's card.
    let card = try #require(
      PrecisionRecall(scores: [0.1, 0.4, 0.35, 0.8, 0.4, 0.7], truth: [0, 0, 1, 1, 0, 1]))
    #expect(close(card.trapezoid, 0.85, 1e-12))
    #expect(close(card.averagePrecision, 0.866667, 1e-6))
  }

  @Test func callsAndCalibration() throws {
    let calls = CallCounts(scores: scores, truth: truth, threshold: 0.55)
    #expect(close(calls.f1, MetricVectors.f1, 1e-12))
    #expect(CallCounts(scores: [0.1], truth: [0], threshold: 0.5).f1 == nil)
    let report = try #require(CalibrationReport(probabilities: scores, truth: truth))
    #expect(close(report.brier, MetricVectors.brier, 1e-12))
    #expect(close(report.expectedError, MetricVectors.calibrationError, 1e-12))
    #expect(report.bins.map(\.n) == [Int](repeating: 8, count: 10))
    // Fewer items than bins: no empty bin, nothing left out.
    let few = try #require(CalibrationReport(probabilities: [0.2, 0.9, 0.4], truth: [0, 1, 1]))
    #expect(few.bins.map(\.n) == [1, 1, 1])
  }

  @Test func sharesByWilson() throws {
    for ((hits, total), known) in zip([(0, 7), (3, 11), (40, 41)], MetricVectors.wilson) {
      let estimate = try #require(Intervals.wilson(successes: hits, of: total))
      #expect(close(estimate.lower, known[0], 1e-12))
      #expect(close(estimate.upper, known[1], 1e-12))
    }
  }

  @Test(arguments: [false, true])
  func predictiveValues(perfect: Bool) throws {
    // 20 positives and 100 negatives: scores 1 where called.
    let hits = perfect ? 20 : 18
    let quiet = perfect ? 100 : 70
    let scores = (0..<120).map { $0 < 20 ? ($0 < hits ? 1.0 : 0) : ($0 - 20 < quiet ? 0 : 1) }
    let calls = CallCounts(
      scores: scores, truth: (0..<120).map { $0 < 20 ? 1 : 0 }, threshold: 0.5)
    let values = try #require(PredictiveValues(calls, prevalence: 0.03))
    let known = perfect ? MetricVectors.predictivePerfect : MetricVectors.predictive
    for (estimate, row) in zip([values.ppv, values.npv], known) {
      #expect(close(estimate?.value, row[0], 1e-12))
      #expect(close(estimate?.lower, row[1], 1e-12))
      #expect(close(estimate?.upper, row[2], 1e-12))
    }
    #expect(values.prevalenceSource == "stated")
    let own = try #require(PredictiveValues(calls, prevalence: nil))
    #expect(close(own.prevalence, 1.0 / 6, 1e-12) && own.prevalenceSource == "set")
  }

  @Test func overlapByEveryDefinition() {
    let counts = zip(MetricVectors.predicted, MetricVectors.drawn).map {
      OverlapCounts(predicted: $0, truth: $1)
    }
    let ones = counts.map { _ in 1 }
    #expect(OverlapDefinition.allCases.count == MetricVectors.overlap.count)
    for definition in OverlapDefinition.allCases {
      #expect(
        close(
          definition.value(counts, weights: ones), MetricVectors.overlap[definition.rawValue] ?? -1,
          1e-12), "\(definition)")
    }
  }

  @Test func edgesOfDice() {
    // Card 1.3: both empty 1, one empty 0, {0, 1} against {1, 2} one half.
    let empty = OverlapCounts(predicted: [0, 0, 0], truth: [0, 0, 0])
    let missed = OverlapCounts(predicted: [0, 0, 0], truth: [1, 0, 0])
    let half = OverlapCounts(predicted: [1, 1, 0], truth: [0, 1, 1])
    func value(_ definition: OverlapDefinition, _ counts: OverlapCounts...) -> Double? {
      definition.value(counts, weights: counts.map { _ in 1 })
    }
    #expect(value(.diceEmptyOne, empty) == 1)
    #expect(value(.diceEmptyOne, missed) == 0)
    #expect(value(.diceEmptyOne, half) == 0.5)
    #expect(value(.dicePositives, empty) == nil)
    #expect(value(.diceSmoothed, empty) == 1 && value(.diceSmoothed, missed) == 0.5)
    #expect(value(.diceHits, missed) == nil)
    // A class that is nowhere leaves the mean: only background is left, and it is right.
    #expect(value(.iouPooledTwoClass, empty) == 1)
    #expect(value(.iouUnions, empty) == nil && value(.iouUnions, missed) == 0)
    #expect(value(.iouBothNonEmpty, missed, half) == 1.0 / 3)
    // The all-empty predictor of Viniavskyi's test split: 541 negatives, 145 positives.
    let split =
      [OverlapCounts](repeating: empty, count: 541)
      + [OverlapCounts](repeating: missed, count: 145)
    #expect(
      close(
        OverlapDefinition.diceEmptyOne.value(split, weights: split.map { _ in 1 }), 0.7886, 5e-5))
  }
}
