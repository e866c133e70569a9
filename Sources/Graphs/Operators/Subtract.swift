import Tensors

/// `a - b`, element by element, with NumPy broadcasting.
package struct Subtract: Operator {
  package static let name = "subtract"

  package init() {}

  package func shape(of inputs: [Shape]) throws -> Shape { try Broadcast.shape(of: inputs) }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Elementwise.apply(.subtract, inputs[0], inputs[1], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let inputs = graph.inputs(of: output)
    let left = upstream
    let right = try graph.add(Scale(-1), upstream)
    return [
      try graph.reduce(left, toShapeOf: inputs[0]),
      try graph.reduce(right, toShapeOf: inputs[1]),
    ]
  }
}
