import Tensors

/// The largest cell of each square window; padded cells never win.
package struct MaxPool2d: Operator {
  package static let name = "max_pool2d"
  package let kernel: Int
  package let window: Window

  package init(kernel: Int = 2, stride: Int = 2, padding: Int = 0) {
    self.kernel = kernel
    window = Window(stride: stride, padding: padding)
  }

  package var attributes: String {
    "kernel=\(kernel) stride=\(window.stride) padding=\(window.padding)"
  }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    return try Pooling.form(inputs[0], kernel, window).output
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Pooling.checked(inputs[0].shape, kernel, window).maximum(inputs[0], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let x = graph.inputs(of: output)[0]
    return [try graph.add(MaxPool2dGradient(kernel, window), x, upstream)]
  }
}

extension Pooling {
  static func form(_ input: Shape, _ kernel: Int, _ window: Window) throws -> Pooling {
    guard let form = Pooling(input: input, kernel: kernel, window: window) else {
      throw GraphError(.shape)
    }
    return form
  }

  /// The form of shapes that a shape rule has passed.
  static func checked(_ input: Shape, _ kernel: Int, _ window: Window) -> Pooling {
    guard let form = Pooling(input: input, kernel: kernel, window: window) else {
      preconditionFailure("shapes were not checked")
    }
    return form
  }
}
