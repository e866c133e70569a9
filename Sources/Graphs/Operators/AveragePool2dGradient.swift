import Tensors

/// The gradient of `AveragePool2d`, whose own gradient is `AveragePool2d` again.
package struct AveragePool2dGradient: Operator {
  package static let name = "average_pool2d_gradient"
  package let kernel: Int
  package let window: Window
  /// The shape of the pooled input, which is that of this output.
  package let shape: Shape

  package init(_ kernel: Int, _ window: Window, _ shape: Shape) {
    self.kernel = kernel
    self.window = window
    self.shape = shape
  }

  package var attributes: String {
    "kernel=\(kernel) stride=\(window.stride) padding=\(window.padding)"
  }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    try Self.require(Pooling.form(shape, kernel, window).output == inputs[0])
    return shape
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Pooling.checked(shape, kernel, window).averageGradient(inputs[0], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    [try graph.add(AveragePool2d(kernel, window), upstream)]
  }
}
