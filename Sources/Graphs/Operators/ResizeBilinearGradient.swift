import Tensors

/// The transpose of `ResizeBilinear` from planes of `height` x `width`; its own gradient is
/// `ResizeBilinear` again.
package struct ResizeBilinearGradient: Operator {
  package static let name = "resize_bilinear_gradient"
  package let height: Int
  package let width: Int
  package let alignCorners: Bool

  package init(height: Int, width: Int, alignCorners: Bool = false) {
    self.height = height
    self.width = width
    self.alignCorners = alignCorners
  }

  package var attributes: String {
    "size=\(height)x\(width)" + (alignCorners ? " align_corners" : "")
  }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    guard height > 0, width > 0 else { throw GraphError(.attribute) }
    try Self.require(inputs[0].rank == 4 && inputs[0].count > 0)
    return [inputs[0][0], inputs[0][1], height, width]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Resize.bilinearGradient(
      inputs[0], height: height, width: width, alignCorners: alignCorners, workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let shape = graph.shape(of: graph.inputs(of: output)[0])
    let op = ResizeBilinear(height: shape[2], width: shape[3], alignCorners: alignCorners)
    return [try graph.add(op, upstream)]
  }
}
