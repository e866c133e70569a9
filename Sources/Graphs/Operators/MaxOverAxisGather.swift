import Tensors

/// From (x, u) of one shape the element of u at the place of the first largest of x along `axis`.
///
/// With `MaxOverAxisGradient` it is a closed pair in the second input; x is held constant.
package struct MaxOverAxisGather: Operator {
  package static let name = "max_over_axis_gather"
  package let axis: Int

  package init(axis: Int) { self.axis = axis }

  package var attributes: String { "axis=\(axis)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(2, inputs)
    guard inputs[0].dims.indices.contains(axis) else { throw GraphError(.attribute) }
    try Self.require(inputs[1] == inputs[0])
    return inputs[0].removing(axis)
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    AxisMaximum.gather(inputs[0], inputs[1], axis: axis, workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    [nil, try graph.add(MaxOverAxisGradient(axis: axis), graph.inputs(of: output)[0], upstream)]
  }
}
