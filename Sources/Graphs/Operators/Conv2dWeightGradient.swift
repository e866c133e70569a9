import Tensors

/// The gradient of the weight of `Conv2d` from (input, gradient of the output); linear in both.
package struct Conv2dWeightGradient: Operator {
  package static let name = "conv2d_weight_gradient"
  package let window: Window
  /// The shape of the weight, which is that of this output.
  package let shape: Shape
  package let groups: Int

  package init(_ window: Window, _ shape: Shape, groups: Int = 1) {
    self.window = window
    self.shape = shape
    self.groups = groups
  }

  package var attributes: String { window.text(groups: groups) }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(2, inputs)
    let form = Convolution(input: inputs[0], weight: shape, window: window, groups: groups)
    guard let form, form.output == inputs[1] else { throw GraphError(.shape) }
    return shape
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Convolution.checked(inputs[0].shape, shape, window, groups)
      .weightGradient(inputs[0], inputs[1], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let inputs = graph.inputs(of: output)
    return [
      try graph.add(
        Conv2dInputGradient(window, graph.shape(of: inputs[0]), groups: groups), inputs[1],
        upstream),
      try graph.add(Conv2d(window, groups: groups), inputs[0], upstream),
    ]
  }
}
