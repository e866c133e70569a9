import Tensors

/// `a + b`, element by element, with NumPy broadcasting.
package struct Add: Operator {
  package static let name = "add"

  package init() {}

  package func shape(of inputs: [Shape]) throws -> Shape { try Broadcast.shape(of: inputs) }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Elementwise.apply(.add, inputs[0], inputs[1], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let inputs = graph.inputs(of: output)
    return [
      try graph.reduce(upstream, toShapeOf: inputs[0]),
      try graph.reduce(upstream, toShapeOf: inputs[1]),
    ]
  }
}
