import Tensors

/// The mean of each of `height` x `width` windows that cover the plane.
///
/// Window `i` of an axis reaches from `floor(i * input / output)` to
/// `ceil((i + 1) * input / output)`, as in PyTorch: windows overlap where that is no whole number.
package struct AdaptiveAveragePool2d: Operator {
  package static let name = "adaptive_average_pool2d"
  package let height: Int
  package let width: Int

  package init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  package var attributes: String { "size=\(height)x\(width)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    return try Pooling.adaptive(inputs[0], height, width).output
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Pooling.checked(inputs[0].shape, height, width).average(inputs[0], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let shape = graph.shape(of: graph.inputs(of: output)[0])
    return [try graph.add(AdaptiveAveragePool2dGradient(shape), upstream)]
  }
}

extension Pooling {
  static func adaptive(_ input: Shape, _ height: Int, _ width: Int) throws -> Pooling {
    guard let form = Pooling(input: input, height: height, width: width) else {
      throw GraphError(.shape)
    }
    return form
  }

  /// The form of shapes that a shape rule has passed.
  static func checked(_ input: Shape, _ height: Int, _ width: Int) -> Pooling {
    guard let form = Pooling(input: input, height: height, width: width) else {
      preconditionFailure("shapes were not checked")
    }
    return form
  }
}
