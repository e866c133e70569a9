import Tensors

/// The penalty on the slope of a critic (Gulrajani et al. 2017, "WGAN-GP").
extension Graph {
  /// The Euclidean norm, per sample, of the gradient of a critic's scores N or N, 1 at its input x.
  ///
  /// The gradient is that of the sum of the scores: one gradient a sample, when the critic does
  /// not mix samples.
  package mutating func gradientNorms(of scores: Value, at x: Value) throws -> Value {
    let axes = Array(shape(of: scores).dims.indices)
    let total = try add(Sum(axes: axes), scores)
    return try norms(gradient(of: total, withRespectTo: [x])[0])
  }

  /// `weight * mean (norm - 1)^2`.
  package mutating func gradientPenalty(norms: Value, weight: Float = 10) throws -> Value {
    try add(Scale(weight), mean(add(Square(), add(Offset(-1), norms))))
  }

  /// `share * a + (1 - share) * b` with one random share for each sample: where the penalty is
  /// taken between real and made samples.
  package mutating func randomBlend(_ a: Value, _ b: Value, random: Value) throws -> Value {
    let form = shape(of: a)
    let column = Shape([form[0]] + [Int](repeating: 1, count: form.rank - 1))
    let share = try uniform(column, random: random)
    return try add(Add(), b, add(Multiply(), share, add(Subtract(), a, b)))
  }
}
