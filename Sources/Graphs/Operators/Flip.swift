import Tensors

/// The entries of `axis` in reverse order; its own gradient.
package struct Flip: Operator {
  package static let name = "flip"
  package let axis: Int

  package init(axis: Int) { self.axis = axis }

  package var attributes: String { "axis=\(axis)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    guard inputs[0].dims.indices.contains(axis) else { throw GraphError(.attribute) }
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Blocks.flip(inputs[0], axis: axis, workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    [try graph.add(Flip(axis: axis), upstream)]
  }
}
