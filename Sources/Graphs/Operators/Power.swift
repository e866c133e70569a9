import Tensors

/// `x` to a constant power; NaN below zero unless the exponent is a whole number.
package struct Power: Operator {
  package static let name = "power"
  package let exponent: Float

  package init(_ exponent: Float) { self.exponent = exponent }

  package var attributes: String { "exponent=\(exponent)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Elementwise.apply(.power(exponent), inputs[0], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    guard exponent != 0 else { return [nil] }
    let slope = try graph.add(Power(exponent - 1), graph.inputs(of: output)[0])
    return [try graph.add(Multiply(), upstream, graph.add(Scale(exponent), slope))]
  }
}
