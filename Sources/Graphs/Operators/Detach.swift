import Tensors

/// The input itself, but no gradient passes ("stop-gradient").
package struct Detach: Operator {
  package static let name = "detach"

  package init() {}

  package var sharesStorage: Bool { true }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor { inputs[0] }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    [nil]
  }
}
