import Tensors

/// The hyperbolic tangent.
package struct Tanh: Operator {
  package static let name = "tanh"

  package init() {}

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Elementwise.apply(.tanh, inputs[0], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    // t' = 1 - t^2
    let slope = try graph.add(Offset(1), graph.add(Scale(-1), graph.add(Square(), output)))
    return [try graph.add(Multiply(), upstream, slope)]
  }
}
