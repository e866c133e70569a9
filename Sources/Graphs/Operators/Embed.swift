import Tensors

/// The input at `start` of `axis`, among `value`s (zeros as a rule) up to extent `total`: padding,
/// and the gradient of `Slice`.
package struct Embed: Operator {
  package static let name = "embed"
  package let axis: Int
  package let start: Int
  package let total: Int
  package let value: Float

  package init(axis: Int, start: Int, total: Int, value: Float = 0) {
    self.axis = axis
    self.start = start
    self.total = total
    self.value = value
  }

  package var attributes: String {
    "axis=\(axis) start=\(start) total=\(total)" + (value == 0 ? "" : " value=\(value)")
  }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    guard inputs[0].dims.indices.contains(axis), start >= 0, start + inputs[0][axis] <= total
    else { throw GraphError(.attribute) }
    var dims = inputs[0].dims
    dims[axis] = total
    return Shape(dims)
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Blocks.embed(inputs[0], axis: axis, start: start, total: total, value: value, workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let count = graph.shape(of: graph.inputs(of: output)[0])[axis]
    return [try graph.add(Slice(axis: axis, start: start, count: count), upstream)]
  }
}
