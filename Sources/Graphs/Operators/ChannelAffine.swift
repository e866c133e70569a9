import Tensors

/// `activation(scale[c] x + shift[c])`: batch normalisation by known statistics.
///
/// Inputs: x N,C,...; scale [C]; shift [C]. `Passes` makes this operator where no convolution can
/// take the scale in; it has no gradient.
package struct ChannelAffine: Operator {
  package static let name = "channel_affine"
  package let activation: Activation

  package init(activation: Activation = .none) { self.activation = activation }

  package var attributes: String { "activation=\(activation)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(3, inputs)
    try Self.require(inputs[0].rank >= 2)
    let channels = Shape([inputs[0][1]])
    try Self.require(inputs[1] == channels && inputs[2] == channels)
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    let form = Tensor([2, inputs[1].shape[0]], inputs[1].values + inputs[2].values)
    return activation.apply(ChannelKernels.affine(inputs[0], form, workspace), workspace)
  }
}
