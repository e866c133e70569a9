import Tensors

/// `x` where positive, else `slope * x`; the derivative at 0 is `slope`.
package struct LeakyRelu: Operator {
  package static let name = "leaky_relu"
  /// The factor of negative values.
  package let slope: Float

  package init(_ slope: Float) { self.slope = slope }

  package var attributes: String { "slope=\(slope)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Elementwise.apply(.rectify(slope: slope), inputs[0], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    [try graph.add(RectifierGradient(slope), graph.inputs(of: output)[0], upstream)]
  }
}
