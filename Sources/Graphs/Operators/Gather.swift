import Tensors

/// Entries of one axis by constant indices: entry `i` of the output is entry `indices[i]`.
///
/// An index may come back; its gradient is `ScatterAdd`, whose gradient is `Gather` again.
package struct Gather: Operator {
  package static let name = "gather"
  package let axis: Int
  private let list: IndexList

  package init(axis: Int, indices: [Int]) {
    self.axis = axis
    list = IndexList(indices)
  }

  package var indices: [Int] { list.values }

  package var attributes: String { "axis=\(axis) indices=\(list.debugDescription)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    guard inputs[0].dims.indices.contains(axis), !indices.isEmpty,
      list.fits(inputs[0][axis])
    else { throw GraphError(.attribute) }
    var dims = inputs[0].dims
    dims[axis] = indices.count
    return Shape(dims)
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Indexing.gather(inputs[0], axis: axis, indices, workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let extent = graph.shape(of: graph.inputs(of: output)[0])[axis]
    return [try graph.add(ScatterAdd(axis: axis, indices: indices, extent: extent), upstream)]
  }
}
