import Foundation

extension ModelDescription.Calibration {
  /// The calibrated probability of a logit, `0...1`, without overflow.
  package func probability(of logit: Double) -> Double {
    let x = a * logit + b
    let e = exp(-abs(x))
    return x >= 0 ? e / (1 + e) : 1 / (1 + e)
  }
}

extension ModelDescription {
  /// The probability of a logit: calibrated where the model is, else the logistic function.
  /// `label`: index of the logit.
  package func probability(of logit: Float, label: Int = 0) -> Double {
    (labels[label].calibration ?? calibration ?? Calibration(a: -1, b: 0))
      .probability(of: Double(logit))
  }

  /// The operating point of a label: its own, else the model's.
  package func operatingPoint(ofLabel label: Int) -> OperatingPoint? {
    labels[label].operatingPoint ?? operatingPoint
  }

  /// Whether a probability lies at or above the operating point; nil when the model has none.
  package func isPositive(_ probability: Double, label: Int = 0) -> Bool? {
    operatingPoint(ofLabel: label).map { probability >= $0.threshold }
  }
}
