import Tensors

/// `activation(conv(pre(x), w) + bias + residual)`: a convolution with what goes before and after.
///
/// Inputs, those that are not there left out: x N,C,H,W; weight O,C/groups,KH,KW; input scale [C]
/// and input shift [C]; bias [O]; residual of the shape of the output. With an input affine,
/// `pre(x) = relu(scale[c] x + shift[c])`, and padding follows it: padded cells are zeros of the
/// convolution, not `relu(shift)`. `Passes` makes this operator; it has no gradient.
package struct FusedConv2d: Operator {
  package static let name = "fused_conv2d"
  package let window: Window
  package let groups: Int
  package let hasInputAffine: Bool
  package let hasBias: Bool
  package let hasResidual: Bool
  package let activation: Activation

  package init(
    window: Window, groups: Int = 1, hasInputAffine: Bool = false, hasBias: Bool = false,
    hasResidual: Bool = false, activation: Activation = .none
  ) {
    self.window = window
    self.groups = groups
    self.hasInputAffine = hasInputAffine
    self.hasBias = hasBias
    self.hasResidual = hasResidual
    self.activation = activation
  }

  package var attributes: String {
    let parts = [
      (hasInputAffine, "affine"), (hasBias, "bias"), (hasResidual, "residual"),
    ].filter(\.0).map(\.1)
    let with = parts.isEmpty ? "" : " with=" + parts.joined(separator: ",")
    return convolution.attributes + with + " activation=\(activation)"
  }

  /// The convolution alone.
  package var convolution: Conv2d { Conv2d(window, groups: groups) }

  package func shape(of inputs: [Shape]) throws -> Shape {
    let extra = (hasInputAffine ? 2 : 0) + (hasBias ? 1 : 0) + (hasResidual ? 1 : 0)
    try Self.expect(2 + extra, inputs)
    let output = try convolution.shape(of: Array(inputs[..<2]))
    let channels = Shape([inputs[0][1]])
    var expected: [Shape] = hasInputAffine ? [channels, channels] : []
    if hasBias { expected.append([output[1]]) }
    if hasResidual { expected.append(output) }
    try Self.require(Array(inputs[2...]) == expected)
    return output
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    var rest = inputs[2...]
    var x = inputs[0]
    if hasInputAffine {
      let (scale, shift) = (rest.removeFirst(), rest.removeFirst())
      x = ChannelAffine(activation: .relu).forward([x, scale, shift], in: workspace)
    }
    let operands = [x, inputs[1]] + (hasBias ? [rest.removeFirst()] : [])
    let y = convolution.forward(operands, in: workspace)
    return finish(y, rest.first, activation, workspace)
  }
}

/// `activation(y + residual)`: the end of every fused operator.
func finish(
  _ y: Tensor, _ residual: Tensor?, _ activation: Activation, _ workspace: Workspace
) -> Tensor {
  guard let residual else { return activation.apply(y, workspace) }
  return activation.apply(Elementwise.apply(.add, y, residual, workspace), workspace)
}
