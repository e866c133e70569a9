// Made by Tests/tools/make_metric_vectors.py with scikit-learn 1.9.1 and
// SciPy 1.17.1; do not edit.

enum MetricVectors {
  /// With ties.
  static let scores: [Double] = [
    0.61, 0.25, 0.76, 0.4, 0.23, 0.21, 0.12, 0.11, 0.32, 0.58, 0.27, 0.78, 0.85, 0.95, 0.71, 0.71,
    0.41, 0.35, 0.16, 0.71, 0.57, 0.87, 0.22, 0.75, 0.33, 0.05, 0.44, 0.57, 0.13, 0.91, 0.5, 0.47,
    0.58, 0.21, 0.32, 0.55, 0.22, 0.26, 0.77, 0.74, 0.17, 0.62, 0.1, 0.63, 0.56, 0.07, 0.57, 0.8,
    0.29, 0.67, 0.28, 0.54, 0.22, 0.9, 0.48, 0.39, 0.59, 0.46, 0.76, 0.17, 0.44, 0.3, 0.18, 0.67,
    0.64, 0.42, 0.57, 0.17, 0.37, 0.17, 0.76, 0.31, 0.11, 0.42, 0.21, 0.65, 0.17, 0.25, 0.2, 0.05,
  ]
  /// 1 or 0 an item.
  static let truth: [Int] = [
    1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0,
    1, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0,
    0, 1, 1, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0,
  ]
  /// Area, lower, upper.
  static let delong: [Double] = [0.7772404900064475, 0.6544867837859889, 0.8653544721039167]
  /// `roc_auc_score`.
  static let area: Double = 0.7772404900064473
  /// Over pairs whose numbers agree modulo 4.
  static let withinOrigins: Double = 0.7729658792650919
  /// `average_precision_score`.
  static let averagePrecision: Double = 0.722603880104323
  /// `auc(recall, precision)`.
  static let trapezoid: Double = 0.7185585017089128
  /// At scores of .55 and more.
  static let f1: Double = 0.6461538461538462
  /// `brier_score_loss`.
  static let brier: Double = 0.18720750000000003
  /// Ten bins of equal mass.
  static let calibrationError: Double = 0.0685
  /// Of 0/7, 3/11 and 40/41.
  static let wilson: [[Double]] = [
    [0.0, 0.35433043506668743],
    [0.09746059290024892, 0.5656453011761292],
    [0.8740493794422577, 0.9956814684310875],
  ]
  /// PPV and NPV of 18/20 and 70/100 at a prevalence of .03.
  static let predictive: [[Double]] = [
    [0.08490566037735847, 0.05649963751652461, 0.1055574023748638],
    [0.9956011730205279, 0.9820159382706858, 0.9970640117160973],
  ]
  /// PPV and NPV of 20/20 and 100/100 at a prevalence of .03.
  static let predictivePerfect: [[Double]] = [
    [1.0, 0.27367937214258875, 1.0],
    [1.0, 0.9902418032107941, 1.0],
  ]
  /// Masks of 12 pixels.
  static let predicted: [[UInt8]] = [
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [1, 1, 0, 1, 0, 1, 0, 0, 0, 1, 1, 0],
    [0, 0, 1, 0, 0, 1, 0, 0, 1, 1, 0, 0],
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0],
    [1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 0],
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 1, 0, 0, 1, 0, 0, 1, 1, 0, 0],
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  ]
  /// Their truth.
  static let drawn: [[UInt8]] = [
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0],
    [0, 1, 1, 0, 0, 1, 1, 1, 0, 1, 0, 1],
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0],
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1],
    [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0],
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0],
  ]
  /// By definition, over these masks.
  static let overlap: [String: Double] = [
    "diceEmptyOne": 0.4119318181818182,
    "dicePositives": 0.38257575757575757,
    "diceSmoothed": 0.5423611111111112,
    "diceHits": 0.5738636363636364,
    "dicePooled": 0.41025641025641024,
    "iouPooledTwoClass": 0.49835043988269795,
    "iouPooled": 0.25806451612903225,
    "iouUnions": 0.26445578231292516,
    "iouBothNonEmpty": 0.3702380952380952,
  ]
}
