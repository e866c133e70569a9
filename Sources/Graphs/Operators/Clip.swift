import Tensors

/// `x` held within `min ... max`; the derivative is 1 within, both ends included, and 0 outside.
package struct Clip: Operator {
  package static let name = "clip"
  package let min: Float
  package let max: Float

  /// An end left out is no bound.
  package init(min: Float = -.infinity, max: Float = .infinity) {
    self.min = min
    self.max = max
  }

  package var attributes: String { "min=\(min) max=\(max)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Elementwise.apply(.clip(min: min, max: max), inputs[0], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let x = graph.inputs(of: output)[0]
    return [try graph.add(ClipGradient(min: min, max: max), x, upstream)]
  }
}
