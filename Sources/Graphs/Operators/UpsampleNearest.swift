import Tensors

/// Repeats each cell of the planes of an N, C, H, W tensor `factor` times along both axes.
package struct UpsampleNearest: Operator {
  package static let name = "upsample_nearest"
  package let factor: Int

  package init(factor: Int = 2) { self.factor = factor }

  package var attributes: String { "factor=\(factor)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    guard factor > 0 else { throw GraphError(.attribute) }
    try Self.require(inputs[0].rank == 4 && inputs[0].count > 0)
    return [inputs[0][0], inputs[0][1], inputs[0][2] * factor, inputs[0][3] * factor]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Resize.nearest(inputs[0], factor: factor, workspace)
  }

  /// The sum over each block is `factor^2` times its mean.
  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let mean = try graph.add(AveragePool2d(kernel: factor, stride: factor), upstream)
    return [try graph.add(Scale(Float(factor * factor)), mean)]
  }
}
