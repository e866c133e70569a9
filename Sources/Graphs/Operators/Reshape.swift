import Tensors

/// The same elements in the same order under another shape; costs nothing.
package struct Reshape: Operator {
  package static let name = "reshape"
  package let shape: Shape

  package init(_ shape: Shape) { self.shape = shape }

  package var sharesStorage: Bool { true }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    try Self.require(inputs[0].count == shape.count)
    return shape
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    inputs[0].reshaped(shape)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    [try graph.add(Reshape(graph.shape(of: graph.inputs(of: output)[0])), upstream)]
  }
}
