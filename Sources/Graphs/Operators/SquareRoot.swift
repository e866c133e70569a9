import Tensors

/// The square root; NaN below zero, infinite slope at zero.
package struct SquareRoot: Operator {
  package static let name = "sqrt"

  package init() {}

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Elementwise.apply(.squareRoot, inputs[0], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    [try graph.add(Divide(), graph.add(Scale(0.5), upstream), output)]
  }
}
