import Tensors

/// `count` entries of `axis`, from `start`.
package struct Slice: Operator {
  package static let name = "slice"
  package let axis: Int
  package let start: Int
  package let count: Int

  package init(axis: Int, start: Int, count: Int) {
    self.axis = axis
    self.start = start
    self.count = count
  }

  package var attributes: String { "axis=\(axis) start=\(start) count=\(count)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    guard inputs[0].dims.indices.contains(axis), start >= 0, count > 0,
      start + count <= inputs[0][axis]
    else { throw GraphError(.attribute) }
    var dims = inputs[0].dims
    dims[axis] = count
    return Shape(dims)
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Blocks.slice(inputs[0], axis: axis, start: start, count: count, workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let total = graph.shape(of: graph.inputs(of: output)[0])[axis]
    return [try graph.add(Embed(axis: axis, start: start, total: total), upstream)]
  }
}
