import Tensors

/// The gradient of `AveragePool2d`, whose own gradient is `AveragePool2d` again.
package struct AveragePool2dGradient: Operator {
  package static let name = "average_pool2d_gradient"
  package let kernel: Int
  package let window: Window
  /// The shape of the pooled input, which is that of this output.
  package let shape: Shape
  package let ceilMode: Bool
  package let countIncludePad: Bool

  package init(
    _ kernel: Int, _ window: Window, _ shape: Shape, ceilMode: Bool = false,
    countIncludePad: Bool = true
  ) {
    self.kernel = kernel
    self.window = window
    self.shape = shape
    self.ceilMode = ceilMode
    self.countIncludePad = countIncludePad
  }

  package var attributes: String {
    window.poolText(kernel, ceilMode, countIncludePad: countIncludePad)
  }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    try Self.require(Pooling.form(shape, kernel, window, ceilMode).output == inputs[0])
    return shape
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Pooling.checked(shape, kernel, window, ceilMode)
      .averageGradient(inputs[0], countIncludePad: countIncludePad, workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let op = AveragePool2d(
      kernel, window, ceilMode: ceilMode, countIncludePad: countIncludePad)
    return [try graph.add(op, upstream)]
  }
}
