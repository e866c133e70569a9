import Tensors

/// Per channel the sum of u and the sum of `u * (x - mean)`: the rows of a [2, C] tensor.
///
/// Inputs: x N,C,...; statistics [2, C], of which the first row is the mean; u of the shape of x.
/// Used by the gradient of batch normalisation; it has no gradient of its own.
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
}
