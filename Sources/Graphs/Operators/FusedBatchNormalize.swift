import Tensors

/// `activation(BatchNormalize + residual)`: one pass over memory instead of three.
///
/// Inputs: x N,C,...; statistics [2, C] (mean, variance); gamma [C]; beta [C]; where there is one
/// a residual of the shape of x. `Passes` makes this operator; it has no gradient.
package struct FusedBatchNormalize: Operator {
  package static let name = "fused_batch_normalize"
  /// Added to the variance.
  package let epsilon: Float
  package let hasResidual: Bool
  package let activation: Activation

  package init(epsilon: Float, hasResidual: Bool = false, activation: Activation = .none) {
    self.epsilon = epsilon
    self.hasResidual = hasResidual
    self.activation = activation
  }

  package var attributes: String {
    "epsilon=\(epsilon)" + (hasResidual ? " with=residual" : "") + " activation=\(activation)"
  }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(hasResidual ? 5 : 4, inputs)
    let output = try BatchNormalize(epsilon: epsilon).shape(of: Array(inputs[..<4]))
    try Self.require(!hasResidual || inputs[4] == output)
    return output
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    let y = BatchNormalize(epsilon: epsilon).forward(Array(inputs[..<4]), in: workspace)
    return finish(y, hasResidual ? inputs[4] : nil, activation, workspace)
  }
}
