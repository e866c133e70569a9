import Tensors

/// From (input, gradient of the output) of `MaxPool2d` the gradient of its input.
///
/// Ties go to the first largest cell in row order. It has no gradient of its own.
package struct MaxPool2dGradient: Operator {
  package static let name = "max_pool2d_gradient"
  package let kernel: Int
  package let window: Window

  package init(_ kernel: Int, _ window: Window) {
    self.kernel = kernel
    self.window = window
  }

  package var attributes: String {
    "kernel=\(kernel) stride=\(window.stride) padding=\(window.padding)"
  }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(2, inputs)
    try Self.require(Pooling.form(inputs[0], kernel, window).output == inputs[1])
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Pooling.checked(inputs[0].shape, kernel, window)
      .maximumGradient(inputs[0], inputs[1], workspace)
  }
}
