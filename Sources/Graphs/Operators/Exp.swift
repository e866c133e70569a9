import Tensors

/// `e^x`.
package struct Exp: Operator {
  package static let name = "exp"

  package init() {}

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Elementwise.apply(.exp, inputs[0], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    [try graph.add(Multiply(), upstream, output)]
  }
}
