import Tensors

/// Per channel the sum of u and the sum of `u * (x - mean)`: the rows of a [2, C] tensor.
///
/// Inputs: x N,C,...; statistics [2, C], of which the first row is the mean; u of the shape of x.
/// Used by the gradients of batch normalisation.
package struct ChannelMoments: Operator {
  package static let name = "channel_moments"

  package init() {}

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(3, inputs)
    try Self.require(inputs[0].rank >= 2 && inputs[2] == inputs[0])
    try Self.require(inputs[1] == [2, inputs[0][1]])
    return inputs[1]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    ChannelKernels.moments(inputs[0], mean: inputs[1], inputs[2], workspace)
  }

  /// With `s`, `p` the upstream of the two rows: `dx = p u`, `du = s + p (x - mean)`, and
  /// `dMean = -p (sum of u)`.
  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let inputs = graph.inputs(of: output)
    let shape = graph.shape(of: inputs[0])
    let s = try graph.channelRow(0, of: upstream, like: shape)
    let p = try graph.channelRow(1, of: upstream, like: shape)
    let mean = try graph.channelRow(0, of: inputs[1], like: shape)
    let dx = try graph.add(Multiply(), inputs[2], p)
    let centered = try graph.add(Subtract(), inputs[0], mean)
    let du = try graph.add(Add(), graph.add(Multiply(), centered, p), s)
    let sum = try graph.add(
      Multiply(), graph.row(1, of: upstream), graph.row(0, of: output))
    let dMean = try graph.add(Reshape([1, shape[1]]), graph.add(Scale(-1), sum))
    return [dx, try graph.add(Embed(axis: 0, start: 0, total: 2), dMean), du]
  }
}
