import Tensors

/// The gradient of the input of `Conv2d` from (gradient of the output, weight); linear in both.
///
/// Also the general transposed convolution.
package struct Conv2dInputGradient: Operator {
  package static let name = "conv2d_input_gradient"
  package let window: Window
  /// The shape of the input of the convolution, which is that of this output.
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
    let form = Convolution(input: shape, weight: inputs[1], window: window, groups: groups)
    guard let form, form.output == inputs[0] else { throw GraphError(.shape) }
    return shape
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Convolution.checked(shape, inputs[1].shape, window, groups)
      .inputGradient(inputs[0], inputs[1], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let inputs = graph.inputs(of: output)
    return [
      try graph.add(Conv2d(window, groups: groups), upstream, inputs[1]),
      try graph.add(
        Conv2dWeightGradient(window, graph.shape(of: inputs[1]), groups: groups), upstream,
        inputs[0]),
    ]
  }
}
