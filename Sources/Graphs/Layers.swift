import Tensors

/// Compositions of operators that networks are written in.
extension Graph {
  /// The mean over some axes, which disappear from the shape.
  package mutating func mean(_ x: Value, axes: [Int]) throws -> Value {
    let sum = try add(Sum(axes: axes), x)
    let count = shape(of: x).count / max(1, shape(of: sum).count)
    return try add(Scale(1 / Float(count)), sum)
  }

  /// The mean over all elements, rank 0.
  package mutating func mean(_ x: Value) throws -> Value {
    try mean(x, axes: Array(shape(of: x).dims.indices))
  }

  /// The mean of each plane: N, C, H, W to N, C ("global average pooling").
  package mutating func globalMean(_ x: Value) throws -> Value { try mean(x, axes: [2, 3]) }

  /// `x w^T + b`: x N, I; weight O, I; bias O.
  package mutating func linear(_ x: Value, weight: Value, bias: Value?) throws -> Value {
    let product = try add(MatMul(transposeRight: true), x, weight)
    guard let bias else { return product }
    return try add(Add(), product, bias)
  }

  /// Probabilities over axis 1.
  package mutating func softmax(_ x: Value) throws -> Value {
    try add(Exp(), add(LogSoftmax(), x))
  }

  /// Batch normalisation with parameters `<name>.weight` and `<name>.bias`.
  ///
  /// In training the statistics are those of the batch and are tapped as
  /// "bn.<name>.statistics" ([2, C]: mean, biased variance) for the running averages; in
  /// evaluation they are the parameters `<name>.running_mean` and `<name>.running_var`.
  package mutating func batchNorm(
    _ x: Value, name: String, training: Bool, epsilon: Float = 1e-5
  ) throws -> Value {
    let channels = shape(of: x)[1]
    let gamma = parameter(name + ".weight", [channels])
    let beta = parameter(name + ".bias", [channels])
    let statistics: Value
    if training {
      statistics = try add(BatchStatistics(), x)
      tap("bn.\(name).statistics", statistics)
    } else {
      let mean = parameter(name + ".running_mean", [channels])
      let variance = parameter(name + ".running_var", [channels])
      statistics = try add(
        Concat(axis: 0), add(Reshape([1, channels]), mean), add(Reshape([1, channels]), variance))
    }
    return try add(BatchNormalize(epsilon: epsilon), x, statistics, gamma, beta)
  }
}
