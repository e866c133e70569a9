import Tensors

/// `x * x`.
package struct Square: Operator {
  package static let name = "square"

  package init() {}

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Elementwise.apply(.square, inputs[0], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let slope = try graph.add(Scale(2), graph.inputs(of: output)[0])
    return [try graph.add(Multiply(), upstream, slope)]
  }
}
