/// How well the score of a film tells whether the finding is there, beyond its AUROC.
package struct ImageReport: Sendable, Encodable {
  package struct ROCPoint: Sendable, Codable, Hashable {
    package let falsePositiveRate: Double
    package let sensitivity: Double
  }

  /// At most 200 points, from (0, 0) to (1, 1); empty unless both classes are there.
  package let roc: [ROCPoint]
  package let precisionRecall: [PrecisionRecall.Point]
  package let averagePrecision: Double?
  package let calibration: CalibrationReport?
  /// At the model's operating point; nil where it has none.
  package let calls: CallCounts?
  package let f1: Double?
  /// F1 at a probability of one half, as Viniavskyi et al. 2020 count it.
  package let f1AtHalf: Double?
  /// F1 of calling every film positive.
  package let f1OfAllPositive: Double?
  package let predictiveValues: PredictiveValues?
  /// Specificity of darkness (of the lungs, else of the film) at the sensitivity of the operating
  /// point, its threshold chosen on this set: an optimistic baseline.
  package let darknessSpecificity: Estimate?

  /// - Parameters:
  ///   - threshold: of the operating point.
  ///   - darkness: of each film, the baseline score.
  init(
    scores: [Double], truth: [Int], threshold: Double?, prevalence: Double?, darkness: [Double]
  ) {
    let positives = truth.reduce(0, +)
    let both = positives > 0 && positives < truth.count
    roc = both ? Self.roc(scores, truth) : []
    let curve = both ? PrecisionRecall(scores: scores, truth: truth) : nil
    precisionRecall = Thinning.of(curve?.points ?? [], to: 200)
    averagePrecision = curve?.averagePrecision
    calibration = CalibrationReport(probabilities: scores, truth: truth)
    let calls = threshold.map { CallCounts(scores: scores, truth: truth, threshold: $0) }
    self.calls = calls
    f1 = calls?.f1
    f1AtHalf = CallCounts(scores: scores, truth: truth, threshold: 0.5).f1
    f1OfAllPositive =
      positives > 0 ? 2 * Double(positives) / Double(truth.count + positives) : nil
    predictiveValues = calls.flatMap { PredictiveValues($0, prevalence: prevalence) }
    darknessSpecificity = calls?.sensitivity.flatMap { sensitivity in
      OperatingPointReport.choose(
        scores: darkness, truth: truth, sensitivity: sensitivity.value)?.specificity
    }
  }

  private static func roc(_ scores: [Double], _ truth: [Int]) -> [ROCPoint] {
    let positives = Double(truth.reduce(0, +))
    let negatives = Double(truth.count) - positives
    var points = [ROCPoint(falsePositiveRate: 0, sensitivity: 0)]
    var (hits, alarms) = (0.0, 0.0)
    var last: Double?
    for index in scores.indices.sorted(by: { scores[$0] > scores[$1] }) {
      if truth[index] == 1 { hits += 1 } else { alarms += 1 }
      let point = ROCPoint(
        falsePositiveRate: alarms / negatives, sensitivity: hits / positives)
      if scores[index] == last { points[points.count - 1] = point } else { points.append(point) }
      last = scores[index]
    }
    return Thinning.of(points, to: 200)
  }
}
