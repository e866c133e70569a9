import Tensors

/// The mean of each square window; padded cells count as zeros.
package struct AveragePool2d: Operator {
  package static let name = "average_pool2d"
  package let kernel: Int
  package let window: Window

  package init(kernel: Int = 2, stride: Int = 2, padding: Int = 0) {
    self.init(kernel, Window(stride: stride, padding: padding))
  }

  init(_ kernel: Int, _ window: Window) {
    self.kernel = kernel
    self.window = window
  }

  package var attributes: String {
    "kernel=\(kernel) stride=\(window.stride) padding=\(window.padding)"
  }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    return try Pooling.form(inputs[0], kernel, window).output
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Pooling.checked(inputs[0].shape, kernel, window).average(inputs[0], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let shape = graph.shape(of: graph.inputs(of: output)[0])
    return [try graph.add(AveragePool2dGradient(kernel, window, shape), upstream)]
  }
}
