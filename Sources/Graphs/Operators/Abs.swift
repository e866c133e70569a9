import Tensors

/// The absolute value; the derivative at 0 is 0.
package struct Abs: Operator {
  package static let name = "abs"

  package init() {}

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Elementwise.apply(.absolute, inputs[0], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let sign = try graph.add(Sign(), graph.inputs(of: output)[0])
    return [try graph.add(Multiply(), upstream, sign)]
  }
}
