import Tensors

/// `gamma * (x - mean) / sqrt(variance + epsilon) + beta`, the statistics over each image and run
/// of channels (Wu, He 2018). One group is layer norm, as many as channels instance norm.
///
/// Inputs: x N,C,...; gamma [C]; beta [C]. Differentiable once; `Graph.groupNorm` has a form that
/// can be differentiated again.
package struct GroupNormalize: Operator {
  package static let name = "group_normalize"
  package let groups: Int
  /// Added to the variance.
  package let epsilon: Float

  package init(groups: Int, epsilon: Float = 1e-5) {
    self.groups = groups
    self.epsilon = epsilon
  }

  package var attributes: String { "groups=\(groups) epsilon=\(epsilon)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(3, inputs)
    try Self.require(inputs[0].rank >= 2 && inputs[0].count > 0)
    let channels = inputs[0][1]
    guard groups > 0, channels % groups == 0 else { throw GraphError(.attribute) }
    try Self.require(inputs[1] == [channels] && inputs[2] == [channels])
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    GroupKernels.normalize(
      inputs[0], inputs[1], inputs[2], groups: groups, epsilon: epsilon, workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let (x, gamma) = (graph.inputs(of: output)[0], graph.inputs(of: output)[1])
    let channels = graph.shape(of: gamma)
    let axes = graph.shape(of: x).dims.indices.filter { $0 != 1 }
    let dx = try graph.add(
      GroupNormalizeGradient(groups: groups, epsilon: epsilon), x, gamma, upstream)
    let one = graph.constant(Tensor(channels, [Float](repeating: 1, count: channels.count)))
    let zero = graph.constant(Tensor(zeros: channels))
    let plain = try graph.add(self, x, one, zero)
    let dGamma = try graph.add(Sum(axes: axes), graph.add(Multiply(), upstream, plain))
    return [dx, dGamma, try graph.add(Sum(axes: axes), upstream)]
  }
}
