import Tensors

/// The largest element along `axis`, which disappears from the shape.
///
/// The gradient goes to the first largest; the places are held constant.
package struct MaxOverAxis: Operator {
  package static let name = "max_over_axis"
  package let axis: Int

  package init(axis: Int) { self.axis = axis }

  package var attributes: String { "axis=\(axis)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    guard inputs[0].dims.indices.contains(axis) else { throw GraphError(.attribute) }
    try Self.require(inputs[0][axis] > 0)
    return inputs[0].removing(axis)
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    AxisMaximum.maximum(inputs[0], axis: axis, workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    [try graph.add(MaxOverAxisGradient(axis: axis), graph.inputs(of: output)[0], upstream)]
  }
}

extension Shape {
  /// The shape without one axis.
  func removing(_ axis: Int) -> Shape {
    var dims = dims
    dims.remove(at: axis)
    return Shape(dims)
  }
}
