import Tensors

/// From (x, gradient) the gradient where `min <= x <= max`, else 0; x is held constant.
package struct ClipGradient: Operator {
  package static let name = "clip_gradient"
  package let min: Float
  package let max: Float

  package init(min: Float, max: Float) {
    self.min = min
    self.max = max
  }

  package var attributes: String { "min=\(min) max=\(max)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(2, inputs)
    try Self.require(inputs[0] == inputs[1])
    return inputs[1]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Elementwise.apply(.clipGradient(min: min, max: max), inputs[0], inputs[1], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let x = graph.inputs(of: output)[0]
    return [nil, try graph.add(ClipGradient(min: min, max: max), x, upstream)]
  }
}
