import Tensors

/// Losses as compositions of operators; each is a rank 0 value, a mean over what counts, unless
/// its name ends in `Terms`: then nothing is summed yet.
extension Graph {
  /// Binary cross-entropy of logits against targets in `0...1` of the same shape.
  ///
  /// `mean of weights * ((1 - y) z + (1 + (p - 1) y) softplus(-z))` with `p` the weight of the
  /// positive class. `weights` broadcasts against the logits (0 leaves an element out); the mean
  /// is then over the sum of the broadcast weights, which must not be zero.
  package mutating func binaryCrossEntropy(
    logits z: Value, targets y: Value, positiveWeight: Float = 1, weights: Value? = nil
  ) throws -> Value {
    let factor = try add(Offset(1), add(Scale(positiveWeight - 1), y))
    return try mean(crossTerms(z, y, factor), weights: weights)
  }

  /// The terms of `binaryCrossEntropy`, of the shape of the logits; `positiveWeights` broadcasts
  /// against them, such as one weight a class.
  package mutating func binaryCrossEntropyTerms(
    logits z: Value, targets y: Value, positiveWeights: Value? = nil
  ) throws -> Value {
    guard let positiveWeights else { return try crossTerms(z, y, nil) }
    let above = try add(Multiply(), add(Offset(-1), positiveWeights), y)
    return try crossTerms(z, y, add(Offset(1), above))
  }

  /// `(1 - y) z + factor * softplus(-z)`.
  private mutating func crossTerms(_ z: Value, _ y: Value, _ factor: Value?) throws -> Value {
    let rest = try add(Multiply(), add(Offset(1), add(Scale(-1), y)), z)
    let log = try add(Softplus(), add(Scale(-1), z))
    return try add(Add(), rest, factor.map { try add(Multiply(), $0, log) } ?? log)
  }

  /// The mean over the classes of binary cross-entropies, of logits N, C and targets N, C, then
  /// over the samples; `classWeights` [C] multiply without being divided out.
  package mutating func multilabelSoftMargin(
    logits: Value, targets: Value, classWeights: Value? = nil
  ) throws -> Value {
    let terms = try binaryCrossEntropyTerms(logits: logits, targets: targets)
    return try mean(classWeights.map { try add(Multiply(), terms, $0) } ?? terms)
  }

  /// The mean of `terms`, or with `weights`, which broadcast, the sum of their products over the
  /// sum of the weights.
  mutating func mean(_ terms: Value, weights: Value?) throws -> Value {
    guard let weights else { return try mean(terms) }
    let all = Array(shape(of: terms).dims.indices)
    let spread = try add(BroadcastTo(shape(of: terms)), weights)
    let total = try add(Sum(axes: all), add(Multiply(), terms, spread))
    return try add(Divide(), total, add(Sum(axes: all), spread))
  }

  /// Soft Dice loss of probabilities N, C, H, W against targets of the same shape.
  ///
  /// `1 - mean over classes of (2 sum p y + s) / (sum p + sum y + s)`, the sums over batch and
  /// cells, `s` the smoothing.
  package mutating func softDice(
    probabilities p: Value, targets y: Value, smoothing: Float = 1
  ) throws -> Value {
    let axes = shape(of: p).dims.indices.filter { $0 != 1 }
    let overlap = try add(Sum(axes: axes), add(Multiply(), p, y))
    let top = try add(Offset(smoothing), add(Scale(2), overlap))
    let sums = try add(Add(), add(Sum(axes: axes), p), add(Sum(axes: axes), y))
    let score = try mean(add(Divide(), top, add(Offset(smoothing), sums)))
    return try add(Offset(1), add(Scale(-1), score))
  }

  /// The mean of `|a - b|`; `weights` as in `binaryCrossEntropy`.
  package mutating func absoluteError(
    _ a: Value, _ b: Value, weights: Value? = nil
  ) throws -> Value {
    try mean(add(Abs(), add(Subtract(), a, b)), weights: weights)
  }

  /// The mean of `(a - b)^2`; `weights` as in `binaryCrossEntropy`.
  package mutating func squaredError(
    _ a: Value, _ b: Value, weights: Value? = nil
  ) throws -> Value {
    try mean(add(Square(), add(Subtract(), a, b)), weights: weights)
  }
}
