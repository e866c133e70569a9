import Tensors

/// From (mask, a, b) `a` where the mask is not 0, else `b`, with NumPy broadcasting.
///
/// The mask is constant as far as gradients go.
package struct Where: Operator {
  package static let name = "where"

  package init() {}

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(3, inputs)
    return try Broadcast.shape(of: [Broadcast.shape(of: Array(inputs[1...])), inputs[0]])
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    guard let pair = Broadcast(inputs[1].shape, inputs[2].shape)?.shape,
      let shape = Broadcast(pair, inputs[0].shape)?.shape
    else { preconditionFailure("shapes were not checked") }
    let full = inputs.map {
      $0.shape == shape ? $0 : Elementwise.repeated($0, to: shape, workspace)
    }
    return Elementwise.choose(full[0], full[1], full[2], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let inputs = graph.inputs(of: output)
    let zero = graph.constant(0)
    let left = try graph.add(Where(), inputs[0], upstream, zero)
    let right = try graph.add(Where(), inputs[0], zero, upstream)
    return [
      nil, try graph.reduce(left, toShapeOf: inputs[1]),
      try graph.reduce(right, toShapeOf: inputs[2]),
    ]
  }
}
