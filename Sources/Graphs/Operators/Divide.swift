import Tensors

/// `a / b`, element by element, with NumPy broadcasting.
package struct Divide: Operator {
  package static let name = "divide"

  package init() {}

  package func shape(of inputs: [Shape]) throws -> Shape { try Broadcast.shape(of: inputs) }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Elementwise.apply(.divide, inputs[0], inputs[1], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let inputs = graph.inputs(of: output)
    let left = try graph.add(Divide(), upstream, inputs[1])
    // d(a / b) / db = -(a / b) / b, and a / b is the output.
    let right = try graph.add(Scale(-1), graph.add(Multiply(), left, output))
    return [
      try graph.reduce(left, toShapeOf: inputs[0]),
      try graph.reduce(right, toShapeOf: inputs[1]),
    ]
  }
}
