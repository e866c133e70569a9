import Tensors

/// The largest cell of each square window; padded cells never win.
///
/// With `ceilMode` the output extent is rounded up, as PyTorch does: the last window must start
/// before the padding at the end.
package struct MaxPool2d: Operator {
  package static let name = "max_pool2d"
  package let kernel: Int
  package let window: Window
  package let ceilMode: Bool

  package init(kernel: Int = 2, stride: Int = 2, padding: Int = 0, ceilMode: Bool = false) {
    self.kernel = kernel
    window = Window(stride: stride, padding: padding)
    self.ceilMode = ceilMode
  }

  package var attributes: String { window.poolText(kernel, ceilMode) }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    return try Pooling.form(inputs[0], kernel, window, ceilMode).output
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Pooling.checked(inputs[0].shape, kernel, window, ceilMode).maximum(inputs[0], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let x = graph.inputs(of: output)[0]
    return [try graph.add(MaxPool2dGradient(kernel, window, ceilMode: ceilMode), x, upstream)]
  }
}

extension Window {
  /// The printed attributes of pooling; what is not so goes without saying.
  func poolText(_ kernel: Int, _ ceilMode: Bool, countIncludePad: Bool = true) -> String {
    "kernel=\(kernel) stride=\(stride) padding=\(padding)" + (ceilMode ? " ceil" : "")
      + (countIncludePad ? "" : " exclude_pad")
  }
}

extension Pooling {
  static func form(
    _ input: Shape, _ kernel: Int, _ window: Window, _ ceilMode: Bool
  ) throws -> Pooling {
    let form = Pooling(input: input, kernel: kernel, window: window, ceilMode: ceilMode)
    guard let form else { throw GraphError(.shape) }
    return form
  }

  /// The form of shapes that a shape rule has passed.
  static func checked(
    _ input: Shape, _ kernel: Int, _ window: Window, _ ceilMode: Bool
  ) -> Pooling {
    let form = Pooling(input: input, kernel: kernel, window: window, ceilMode: ceilMode)
    guard let form else { preconditionFailure("shapes were not checked") }
    return form
  }
}
