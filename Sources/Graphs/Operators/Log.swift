import Tensors

/// The natural logarithm; NaN below zero.
package struct Log: Operator {
  package static let name = "log"

  package init() {}

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Elementwise.apply(.log, inputs[0], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    [try graph.add(Divide(), upstream, graph.inputs(of: output)[0])]
  }
}
