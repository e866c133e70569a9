import Tensors

/// `factor * x`.
package struct Scale: Operator {
  package static let name = "scale"
  /// The constant that multiplies.
  package let factor: Float

  package init(_ factor: Float) { self.factor = factor }

  package var attributes: String { "factor=\(factor)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Elementwise.apply(.scale(factor), inputs[0], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    [try graph.add(Scale(factor), upstream)]
  }
}
