import Tensors

/// From (x, gradient of the output) of `MaxOverAxis` the gradient of x: at the first largest
/// element, and zero elsewhere.
///
/// With `MaxOverAxisGather` it is a closed pair in the second input; x is held constant.
package struct MaxOverAxisGradient: Operator {
  package static let name = "max_over_axis_gradient"
  package let axis: Int

  package init(axis: Int) { self.axis = axis }

  package var attributes: String { "axis=\(axis)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(2, inputs)
    guard inputs[0].dims.indices.contains(axis) else { throw GraphError(.attribute) }
    try Self.require(inputs[1] == inputs[0].removing(axis))
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    AxisMaximum.gradient(inputs[0], inputs[1], axis: axis, workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    [nil, try graph.add(MaxOverAxisGather(axis: axis), graph.inputs(of: output)[0], upstream)]
  }
}
