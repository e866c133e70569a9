import Tensors

/// Losses as compositions of operators; each is a rank 0 value, a mean over what counts.
extension Graph {
  /// Binary cross-entropy of logits against targets in `0...1` of the same shape.
  ///
  /// `mean of weights * ((1 - y) z + (1 + (p - 1) y) softplus(-z))` with `p` the weight of the
  /// positive class. `weights` broadcasts against the logits (0 leaves an element out); the mean
  /// is then over the sum of the broadcast weights, which must not be zero.
  package mutating func binaryCrossEntropy(
    logits z: Value, targets y: Value, positiveWeight: Float = 1, weights: Value? = nil
  ) throws -> Value {
    let rest = try add(Multiply(), add(Offset(1), add(Scale(-1), y)), z)
    let factor = try add(Offset(1), add(Scale(positiveWeight - 1), y))
    let log = try add(Multiply(), factor, add(Softplus(), add(Scale(-1), z)))
    let loss = try add(Add(), rest, log)
    guard let weights else { return try mean(loss) }
    let all = Array(shape(of: z).dims.indices)
    let spread = try add(BroadcastTo(shape(of: z)), weights)
    let total = try add(Sum(axes: all), add(Multiply(), loss, spread))
    return try add(Divide(), total, add(Sum(axes: all), spread))
  }

  /// Softmax cross-entropy of logits N, C, ... against class labels N, ...
  ///
  /// A label outside `0 ..< C` is ignored; the mean is over the others, and the loss is 0 when
  /// there are none.
  package mutating func softmaxCrossEntropy(logits: Value, labels: Value) throws -> Value {
    let form = shape(of: logits)
    let all = Array(form.dims.indices)
    let hot = try add(OneHot(classes: form[1]), labels)
    let picked = try add(Multiply(), add(LogSoftmax(), logits), hot)
    let count = try add(Sum(axes: all), hot)
    // max(count, 1) for a whole number: count + relu(1 - count)
    let missing = try add(Relu(), add(Offset(1), add(Scale(-1), count)))
    let divisor = try add(Add(), count, missing)
    return try add(Divide(), add(Scale(-1), add(Sum(axes: all), picked)), divisor)
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
}
