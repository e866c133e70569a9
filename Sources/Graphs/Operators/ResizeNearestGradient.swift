import Tensors

/// The transpose of `ResizeNearest` from planes of `height` x `width`; its own gradient is
/// `ResizeNearest` again.
package struct ResizeNearestGradient: Operator {
  package static let name = "resize_nearest_gradient"
  package let height: Int
  package let width: Int

  package init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  package var attributes: String { "size=\(height)x\(width)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    guard height > 0, width > 0 else { throw GraphError(.attribute) }
    try Self.require(inputs[0].rank == 4 && inputs[0].count > 0)
    return [inputs[0][0], inputs[0][1], height, width]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Resize.nearestGradient(inputs[0], height: height, width: width, workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let shape = graph.shape(of: graph.inputs(of: output)[0])
    return [try graph.add(ResizeNearest(height: shape[2], width: shape[3]), upstream)]
  }
}
