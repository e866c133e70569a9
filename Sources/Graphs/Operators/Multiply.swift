import Tensors

/// `a * b`, element by element, with NumPy broadcasting.
package struct Multiply: Operator {
  package static let name = "multiply"

  package init() {}

  package func shape(of inputs: [Shape]) throws -> Shape { try Broadcast.shape(of: inputs) }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Elementwise.apply(.multiply, inputs[0], inputs[1], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let inputs = graph.inputs(of: output)
    let left = try graph.add(Multiply(), upstream, inputs[1])
    let right = try graph.add(Multiply(), upstream, inputs[0])
    return [
      try graph.reduce(left, toShapeOf: inputs[0]),
      try graph.reduce(right, toShapeOf: inputs[1]),
    ]
  }
}
