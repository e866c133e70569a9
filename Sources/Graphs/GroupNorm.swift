import Tensors

extension Graph {
  /// Group normalisation with parameters `<name>.weight` and `<name>.bias`, or without any.
  ///
  /// One group is layer norm over C, H, W, as many as channels instance norm. With `twice` it is
  /// written so that its gradient can be differentiated again (a critic under a gradient
  /// penalty), which costs memory.
  package mutating func groupNorm(
    _ x: Value, name: String?, groups: Int, epsilon: Float = 1e-5, twice: Bool = false
  ) throws -> Value {
    let channels = shape(of: x)[1]
    let gamma =
      name.map { parameter($0 + ".weight", [channels]) }
      ?? constant(Tensor([channels], [Float](repeating: 1, count: channels)))
    let beta =
      name.map { parameter($0 + ".bias", [channels]) } ?? constant(Tensor(zeros: [channels]))
    guard twice else {
      return try add(GroupNormalize(groups: groups, epsilon: epsilon), x, gamma, beta)
    }
    let plain = try standardize(x, groups: groups, epsilon: epsilon)
    guard name != nil else { return plain }
    let scaled = try add(Multiply(), plain, self.channels(gamma, like: shape(of: x)))
    return try add(Add(), scaled, self.channels(beta, like: shape(of: x)))
  }

  /// Batch normalisation of the images times groups as the channels of one image.
  private mutating func standardize(_ x: Value, groups: Int, epsilon: Float) throws -> Value {
    let form = shape(of: x)
    guard groups > 0, form[1] % groups == 0 else { throw GraphError(.attribute, at: nodes.count) }
    let count = form[0] * groups
    let planes = try add(Reshape([1, count, form.count / max(1, count)]), x)
    let one = constant(Tensor([count], [Float](repeating: 1, count: count)))
    let zero = constant(Tensor(zeros: [count]))
    let statistics = try add(BatchStatistics(), planes)
    let normal = try add(BatchNormalize(epsilon: epsilon), planes, statistics, one, zero)
    return try add(Reshape(form), normal)
  }

  /// The Euclidean norm of each sample, N; `epsilon` under the root keeps the slope finite at 0.
  package mutating func norms(_ x: Value, epsilon: Float = 1e-12) throws -> Value {
    let axes = Array(shape(of: x).dims.indices.dropFirst())
    return try add(SquareRoot(), add(Offset(epsilon), add(Sum(axes: axes), add(Square(), x))))
  }

  /// Each sample divided by its Euclidean norm; `floor` in the norm keeps zeros zeros.
  package mutating func normalized(_ x: Value, floor: Float = 1e-12) throws -> Value {
    let form = shape(of: x)
    let norm = try norms(x, epsilon: floor * floor)
    let column = Shape([form[0]] + [Int](repeating: 1, count: form.rank - 1))
    return try add(Divide(), x, add(Reshape(column), norm))
  }
}
