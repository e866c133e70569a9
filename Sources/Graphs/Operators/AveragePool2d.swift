import Tensors

/// The mean of each square window.
///
/// Padded cells count as zeros when `countIncludePad`, else not at all. With `ceilMode` the output
/// extent is rounded up as in `MaxPool2d`; cells beyond the padding never count (as in PyTorch).
package struct AveragePool2d: Operator {
  package static let name = "average_pool2d"
  package let kernel: Int
  package let window: Window
  package let ceilMode: Bool
  package let countIncludePad: Bool

  package init(
    kernel: Int = 2, stride: Int = 2, padding: Int = 0, ceilMode: Bool = false,
    countIncludePad: Bool = true
  ) {
    self.init(
      kernel, Window(stride: stride, padding: padding), ceilMode: ceilMode,
      countIncludePad: countIncludePad)
  }

  init(_ kernel: Int, _ window: Window, ceilMode: Bool, countIncludePad: Bool) {
    self.kernel = kernel
    self.window = window
    self.ceilMode = ceilMode
    self.countIncludePad = countIncludePad
  }

  package var attributes: String {
    window.poolText(kernel, ceilMode, countIncludePad: countIncludePad)
  }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    return try Pooling.form(inputs[0], kernel, window, ceilMode).output
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Pooling.checked(inputs[0].shape, kernel, window, ceilMode)
      .average(inputs[0], countIncludePad: countIncludePad, workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let shape = graph.shape(of: graph.inputs(of: output)[0])
    let op = AveragePool2dGradient(
      kernel, window, shape, ceilMode: ceilMode, countIncludePad: countIncludePad)
    return [try graph.add(op, upstream)]
  }
}
