import Tensors

/// `1 / (1 + exp(-x))`.
package struct Sigmoid: Operator {
  package static let name = "sigmoid"

  package init() {}

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Elementwise.apply(.sigmoid, inputs[0], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    // s' = s - s^2
    let slope = try graph.add(Subtract(), output, graph.add(Square(), output))
    return [try graph.add(Multiply(), upstream, slope)]
  }
}
