import Tensors

/// From (x, indices of `MaxPool2dIndices`) planes of `height` x `width` with each cell of x at its
/// index, and zeros elsewhere.
///
/// Where two cells have one index the later stays, and the gradient, which reads at the indices,
/// counts both (as in PyTorch): windows should not overlap. What is no index places nothing.
package struct MaxUnpool2d: Operator {
  package static let name = "max_unpool2d"
  package let height: Int
  package let width: Int

  package init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  package var attributes: String { "size=\(height)x\(width)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(2, inputs)
    guard height > 0, width > 0 else { throw GraphError(.attribute) }
    try Self.require(inputs[0].rank == 4 && inputs[0] == inputs[1])
    return [inputs[0][0], inputs[0][1], height, width]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Unpooling.place(inputs[0], at: inputs[1], height: height, width: width, workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    [try graph.add(MaxUnpool2dGradient(), upstream, graph.inputs(of: output)[1]), nil]
  }
}
