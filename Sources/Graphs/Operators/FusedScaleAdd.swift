import Tensors

/// `activation(s[n, c] x + residual)`: the end of a squeeze-and-excitation block.
///
/// Inputs: x N,C,H,W; s N,C,1,1 or N,C; where there is one a residual of the shape of x. `Passes`
/// makes this operator; it has no gradient. Hu et al., "Squeeze-and-Excitation Networks", 2018.
package struct FusedScaleAdd: Operator {
  package static let name = "fused_scale_add"
  package let hasResidual: Bool
  package let activation: Activation

  package init(hasResidual: Bool = false, activation: Activation = .none) {
    self.hasResidual = hasResidual
    self.activation = activation
  }

  package var attributes: String {
    (hasResidual ? "with=residual " : "") + "activation=\(activation)"
  }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(hasResidual ? 3 : 2, inputs)
    let x = inputs[0]
    try Self.require(x.rank == 4)
    try Self.require(inputs[1] == Self.plane(x) || inputs[1] == [x[0], x[1]])
    try Self.require(!hasResidual || inputs[2] == x)
    return x
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    let scale = inputs[1].reshaped(Self.plane(inputs[0].shape))
    let y = Elementwise.apply(.multiply, inputs[0], scale, workspace)
    return finish(y, hasResidual ? inputs[2] : nil, activation, workspace)
  }

  /// The shape of one number a channel of x.
  static func plane(_ x: Shape) -> Shape { [x[0], x[1], 1, 1] }
}
