import Tensors

/// Repeats the input along new leading axes and along axes of extent 1.
package struct BroadcastTo: Operator {
  package static let name = "broadcast"
  package let shape: Shape

  package init(_ shape: Shape) { self.shape = shape }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    guard Broadcast(inputs[0], shape)?.shape == shape else { throw GraphError(.shape) }
    return shape
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Elementwise.repeated(inputs[0], to: shape, workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    [try graph.reduce(upstream, toShapeOf: graph.inputs(of: output)[0])]
  }
}
