import Tensors

/// `log(1 + exp(x))`, without overflow; its derivative is the sigmoid.
package struct Softplus: Operator {
  package static let name = "softplus"

  package init() {}

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Elementwise.apply(.softplus, inputs[0], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let slope = try graph.add(Sigmoid(), graph.inputs(of: output)[0])
    return [try graph.add(Multiply(), upstream, slope)]
  }
}
