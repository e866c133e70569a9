import Tensors

/// `x + amount`.
package struct Offset: Operator {
  package static let name = "offset"
  /// The constant that is added.
  package let amount: Float

  package init(_ amount: Float) { self.amount = amount }

  package var attributes: String { "amount=\(amount)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Elementwise.apply(.offset(amount), inputs[0], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    [upstream]
  }
}
