import Tensors

/// From (input, gradient of the output) of `MaxPool2d` the gradient of its input.
///
/// Ties go to the first largest cell in row order. The places are held constant, so that the
/// gradient of the second input is `MaxPool2dGather`, and that of the first is zero.
package struct MaxPool2dGradient: Operator {
  package static let name = "max_pool2d_gradient"
  package let kernel: Int
  package let window: Window
  package let ceilMode: Bool

  package init(_ kernel: Int, _ window: Window, ceilMode: Bool = false) {
    self.kernel = kernel
    self.window = window
    self.ceilMode = ceilMode
  }

  package var attributes: String { window.poolText(kernel, ceilMode) }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(2, inputs)
    try Self.require(Pooling.form(inputs[0], kernel, window, ceilMode).output == inputs[1])
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Pooling.checked(inputs[0].shape, kernel, window, ceilMode)
      .maximumGradient(inputs[0], inputs[1], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let x = graph.inputs(of: output)[0]
    return [nil, try graph.add(MaxPool2dGather(kernel, window, ceilMode: ceilMode), x, upstream)]
  }
}
