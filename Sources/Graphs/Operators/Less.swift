import Tensors

/// 1 where `a < b`, else 0, with NumPy broadcasting; constant as far as gradients go.
package struct Less: Operator {
  package static let name = "less"

  package init() {}

  package func shape(of inputs: [Shape]) throws -> Shape { try Broadcast.shape(of: inputs) }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Elementwise.apply(.less, inputs[0], inputs[1], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    [nil, nil]
  }
}
