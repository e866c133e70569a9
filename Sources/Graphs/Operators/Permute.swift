import Tensors

/// Reorders the axes: axis `i` of the output is axis `order[i]` of the input.
package struct Permute: Operator {
  package static let name = "permute"
  package let order: [Int]

  package init(_ order: [Int]) { self.order = order }

  package var attributes: String { "order=" + order.map(String.init).joined(separator: ",") }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    guard order.sorted() == Array(inputs[0].dims.indices) else { throw GraphError(.attribute) }
    return Shape(order.map { inputs[0][$0] })
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Blocks.permute(inputs[0], order, workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    var inverse = order
    for (index, axis) in order.enumerated() { inverse[axis] = index }
    return [try graph.add(Permute(inverse), upstream)]
  }
}
