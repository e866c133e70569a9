import Tensors

/// The smaller of `a` and `b`, element by element, with NumPy broadcasting.
///
/// The gradient goes to the smaller one, and half to each where they are equal.
package struct Minimum: Operator {
  package static let name = "minimum"

  package init() {}

  package func shape(of inputs: [Shape]) throws -> Shape { try Broadcast.shape(of: inputs) }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Elementwise.apply(.minimum, inputs[0], inputs[1], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let (a, b) = (graph.inputs(of: output)[0], graph.inputs(of: output)[1])
    let left = try graph.add(Multiply(), upstream, graph.excess(of: b, over: a))
    let right = try graph.add(Multiply(), upstream, graph.excess(of: a, over: b))
    return [try graph.reduce(left, toShapeOf: a), try graph.reduce(right, toShapeOf: b)]
  }
}
