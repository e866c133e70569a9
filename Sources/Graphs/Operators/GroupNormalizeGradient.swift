import Tensors

/// From (x, gamma, gradient of the output) of `GroupNormalize` the gradient of x.
///
/// It has no gradient of its own.
package struct GroupNormalizeGradient: Operator {
  package static let name = "group_normalize_gradient"
  package let groups: Int
  /// Added to the variance.
  package let epsilon: Float

  package init(groups: Int, epsilon: Float) {
    self.groups = groups
    self.epsilon = epsilon
  }

  package var attributes: String { "groups=\(groups) epsilon=\(epsilon)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(3, inputs)
    try Self.require(inputs[0].rank >= 2 && inputs[0].count > 0 && inputs[2] == inputs[0])
    guard groups > 0, inputs[0][1] % groups == 0 else { throw GraphError(.attribute) }
    try Self.require(inputs[1] == [inputs[0][1]])
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    GroupKernels.gradient(
      inputs[0], inputs[1], inputs[2], groups: groups, epsilon: epsilon, workspace)
  }
}
