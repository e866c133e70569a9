import Tensors

/// The larger of `a` and `b`, element by element, with NumPy broadcasting.
///
/// The gradient goes to the larger one, and half to each where they are equal.
package struct Maximum: Operator {
  package static let name = "maximum"

  package init() {}

  package func shape(of inputs: [Shape]) throws -> Shape { try Broadcast.shape(of: inputs) }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Elementwise.apply(.maximum, inputs[0], inputs[1], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let (a, b) = (graph.inputs(of: output)[0], graph.inputs(of: output)[1])
    let left = try graph.add(Multiply(), upstream, graph.excess(of: a, over: b))
    let right = try graph.add(Multiply(), upstream, graph.excess(of: b, over: a))
    return [try graph.reduce(left, toShapeOf: a), try graph.reduce(right, toShapeOf: b)]
  }
}

extension Graph {
  /// 1 where `a > b`, 0 where `a < b`, one half where they are equal.
  mutating func excess(of a: Value, over b: Value) throws -> Value {
    let difference = try add(Subtract(), add(Less(), b, a), add(Less(), a, b))
    return try add(Scale(0.5), add(Offset(1), difference))
  }
}
