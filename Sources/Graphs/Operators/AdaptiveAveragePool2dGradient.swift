import Tensors

/// The gradient of `AdaptiveAveragePool2d`, whose own gradient is that pooling again.
package struct AdaptiveAveragePool2dGradient: Operator {
  package static let name = "adaptive_average_pool2d_gradient"
  /// The shape of the pooled input, which is that of this output.
  package let shape: Shape

  package init(_ shape: Shape) { self.shape = shape }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    try Self.require(inputs[0].rank == 4)
    try Self.require(
      Pooling.adaptive(shape, inputs[0][2], inputs[0][3]).output == inputs[0])
    return shape
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Pooling.checked(shape, inputs[0].shape[2], inputs[0].shape[3])
      .averageGradient(inputs[0], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let from = graph.shape(of: graph.inputs(of: output)[0])
    return [try graph.add(AdaptiveAveragePool2d(height: from[2], width: from[3]), upstream)]
  }
}
