import Tensors

/// `gamma * (x - mean) / sqrt(variance + epsilon) + beta` per channel (Ioffe, Szegedy 2015).
///
/// Inputs: x N,C,...; statistics [2, C] (mean, variance); gamma [C]; beta [C]. In training the
/// statistics come from `BatchStatistics` of the same x, in evaluation from running averages.
package struct BatchNormalize: Operator {
  package static let name = "batch_normalize"
  /// Added to the variance.
  package let epsilon: Float

  package init(epsilon: Float = 1e-5) { self.epsilon = epsilon }

  package var attributes: String { "epsilon=\(epsilon)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(4, inputs)
    try Self.require(inputs[0].rank >= 2)
    let channels = inputs[0][1]
    try Self.require(
      inputs[1] == [2, channels] && inputs[2] == [channels] && inputs[3] == [channels])
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    let (statistics, gamma, beta) = (inputs[1].values, inputs[2].values, inputs[3].values)
    let count = gamma.count
    var form = [Float](repeating: 0, count: 2 * count)
    for channel in 0..<count {
      let scale = gamma[channel] / (statistics[count + channel] + epsilon).squareRoot()
      form[channel] = scale
      form[count + channel] = beta[channel] - statistics[channel] * scale
    }
    return ChannelKernels.affine(inputs[0], Tensor([2, count], form), workspace)
  }

  /// When the statistics are those of x itself, one node carries both ways to x; its only way
  /// around would be three passes over memory.
  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let inputs = graph.inputs(of: output)
    let (x, statistics, gamma) = (inputs[0], inputs[1], inputs[2])
    let moments = try graph.add(ChannelMoments(), x, statistics, upstream)
    let sum = try graph.row(0, of: moments)
    let product = try graph.row(1, of: moments)
    let variance = try graph.add(Offset(epsilon), graph.row(1, of: statistics))
    let deviation = try graph.add(SquareRoot(), variance)
    let dGamma = try graph.add(Divide(), product, deviation)
    let ownStatistics =
      graph.op(of: statistics) is BatchStatistics && graph.inputs(of: statistics) == [x]
    if ownStatistics && !graph.isTarget(statistics) {
      let dx = try graph.add(
        BatchNormalizeGradient(epsilon: epsilon), x, statistics, gamma, upstream, moments)
      return [dx, nil, dGamma, sum]
    }
    let scale = try graph.add(Divide(), gamma, deviation)
    let dx = try graph.add(
      Multiply(), upstream, graph.channels(scale, like: graph.shape(of: x)))
    let dMean = try graph.add(Scale(-1), graph.add(Multiply(), scale, sum))
    let dVariance = try graph.add(
      Scale(-0.5), graph.add(Divide(), graph.add(Multiply(), scale, product), variance))
    return [dx, try graph.rows(dMean, dVariance), dGamma, sum]
  }
}

extension Graph {
  /// Two [C] tensors as the rows of a [2, C] tensor.
  mutating func rows(_ first: Value, _ second: Value) throws -> Value {
    let row = Shape([1, shape(of: first)[0]])
    return try add(Concat(axis: 0), add(Reshape(row), first), add(Reshape(row), second))
  }

  /// Row `row` of a [rows, C] tensor as a [C] tensor.
  mutating func row(_ row: Int, of table: Value) throws -> Value {
    let slice = try add(Slice(axis: 0, start: row, count: 1), table)
    return try add(Reshape([shape(of: table)[1]]), slice)
  }
}
