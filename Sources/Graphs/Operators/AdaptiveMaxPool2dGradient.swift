import Tensors

/// From (input, gradient of the output) of `AdaptiveMaxPool2d` the gradient of its input.
///
/// Ties go to the first largest cell in row order. It has no gradient of its own.
package struct AdaptiveMaxPool2dGradient: Operator {
  package static let name = "adaptive_max_pool2d_gradient"
  package let height: Int
  package let width: Int

  package init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  package var attributes: String { "size=\(height)x\(width)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(2, inputs)
    try Self.require(Pooling.adaptive(inputs[0], height, width).output == inputs[1])
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Pooling.checked(inputs[0].shape, height, width)
      .maximumGradient(inputs[0], inputs[1], workspace)
  }
}
