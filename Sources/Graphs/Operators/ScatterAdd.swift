import Tensors

/// Zeros of `extent` along one axis with entry `i` of the input added to entry `indices[i]`.
///
/// The gradient of `Gather`, and the other way round.
package struct ScatterAdd: Operator {
  package static let name = "scatter_add"
  package let axis: Int
  private let list: IndexList
  package let extent: Int

  package init(axis: Int, indices: [Int], extent: Int) {
    self.axis = axis
    list = IndexList(indices)
    self.extent = extent
  }

  package var indices: [Int] { list.values }

  package var attributes: String {
    "axis=\(axis) indices=\(list.debugDescription) extent=\(extent)"
  }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    guard inputs[0].dims.indices.contains(axis), !indices.isEmpty, list.fits(extent)
    else { throw GraphError(.attribute) }
    try Self.require(inputs[0][axis] == indices.count)
    var dims = inputs[0].dims
    dims[axis] = extent
    return Shape(dims)
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Indexing.scatterAdd(inputs[0], axis: axis, indices, extent: extent, workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    [try graph.add(Gather(axis: axis, indices: indices), upstream)]
  }
}
