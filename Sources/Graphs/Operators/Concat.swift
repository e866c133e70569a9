import Tensors

/// The inputs one after the other along `axis`; all other extents are equal.
package struct Concat: Operator {
  package static let name = "concat"
  package let axis: Int

  package init(axis: Int) { self.axis = axis }

  package var attributes: String { "axis=\(axis)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    guard let first = inputs.first else { throw GraphError(.inputCount) }
    guard first.dims.indices.contains(axis) else { throw GraphError(.attribute) }
    var dims = first.dims
    for other in inputs.dropFirst() {
      try Self.require(other.rank == first.rank)
      try Self.require(dims.indices.allSatisfy { $0 == axis || other[$0] == dims[$0] })
    }
    dims[axis] = inputs.reduce(0) { $0 + $1[axis] }
    return Shape(dims)
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Blocks.concat(inputs, axis: axis, workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    var start = 0
    var parts: [Value?] = []
    for input in graph.inputs(of: output) {
      let count = graph.shape(of: input)[axis]
      parts.append(try graph.add(Slice(axis: axis, start: start, count: count), upstream))
      start += count
    }
    return parts
  }
}
