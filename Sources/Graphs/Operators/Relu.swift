import Tensors

/// `max(x, 0)`; the derivative at 0 is 0.
package struct Relu: Operator {
  package static let name = "relu"

  package init() {}

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Elementwise.apply(.rectify(slope: 0), inputs[0], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    // The output has the sign of the input, so that the input need not be kept.
    [try graph.add(RectifierGradient(0), output, upstream)]
  }
}
