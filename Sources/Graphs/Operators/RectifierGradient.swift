import Tensors

/// From (sign, gradient): the gradient where the sign is positive, else `slope` times it.
///
/// The sign is held constant: its own gradient is zero almost everywhere.
package struct RectifierGradient: Operator {
  package static let name = "rectifier_gradient"
  /// The factor where the sign is not positive.
  package let slope: Float

  package init(_ slope: Float) { self.slope = slope }

  package var attributes: String { "slope=\(slope)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(2, inputs)
    try Self.require(inputs[0] == inputs[1])
    return inputs[1]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Elementwise.apply(.rectifyGradient(slope: slope), inputs[0], inputs[1], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    [nil, try graph.add(RectifierGradient(slope), graph.inputs(of: output)[0], upstream)]
  }
}
