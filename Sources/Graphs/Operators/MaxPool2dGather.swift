import Tensors

/// From (x, u) of one shape the cell of u at the place of the largest cell of each window of x.
///
/// The gradient of `MaxPool2dGradient` with respect to its upstream, which makes max pooling
/// differentiable any number of times: each of the two is the gradient of the other.
package struct MaxPool2dGather: Operator {
  package static let name = "max_pool2d_gather"
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
    try Self.require(inputs[0] == inputs[1])
    return try Pooling.form(inputs[0], kernel, window, ceilMode).output
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Pooling.checked(inputs[0].shape, kernel, window, ceilMode)
      .maximumGather(inputs[0], inputs[1], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let x = graph.inputs(of: output)[0]
    return [nil, try graph.add(MaxPool2dGradient(kernel, window, ceilMode: ceilMode), x, upstream)]
  }
}
