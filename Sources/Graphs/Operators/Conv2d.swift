import Tensors

/// Two-dimensional convolution (cross-correlation): x N,C,H,W; weight O,C/groups,KH,KW; optional
/// bias O. Groups are runs of channels that see only each other (C of them: "depthwise").
///
/// With its two companions it is a closed set: the gradients of each are the other two, so that
/// second and higher derivatives need nothing else.
package struct Conv2d: Operator {
  package static let name = "conv2d"
  package let window: Window
  package let groups: Int

  package init(stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1) {
    self.init(Window(stride: stride, padding: padding, dilation: dilation), groups: groups)
  }

  package init(_ window: Window, groups: Int = 1) {
    self.window = window
    self.groups = groups
  }

  package var attributes: String { window.text(groups: groups) }

  package func shape(of inputs: [Shape]) throws -> Shape {
    guard inputs.count == 2 || inputs.count == 3 else { throw GraphError(.inputCount) }
    let form = Convolution(input: inputs[0], weight: inputs[1], window: window, groups: groups)
    guard let form else { throw GraphError(.shape) }
    try Self.require(inputs.count == 2 || inputs[2] == [inputs[1][0]])
    return form.output
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Convolution.checked(inputs[0].shape, inputs[1].shape, window, groups)
      .forward(inputs[0], inputs[1], bias: inputs.count == 3 ? inputs[2] : nil, workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let inputs = graph.inputs(of: output)
    let x = inputs[0]
    let weight = inputs[1]
    var parts: [Value?] = [
      try graph.add(
        Conv2dInputGradient(window, graph.shape(of: x), groups: groups), upstream, weight),
      try graph.add(
        Conv2dWeightGradient(window, graph.shape(of: weight), groups: groups), x, upstream),
    ]
    if inputs.count == 3 { parts.append(try graph.add(Sum(axes: [0, 2, 3]), upstream)) }
    return parts
  }
}

extension Window {
  /// The printed attributes; one group goes without saying.
  func text(groups: Int) -> String {
    "stride=\(stride) padding=\(padding) dilation=\(dilation)"
      + (groups == 1 ? "" : " groups=\(groups)")
  }
}

extension Convolution {
  /// The form of shapes that a shape rule has passed.
  static func checked(
    _ input: Shape, _ weight: Shape, _ window: Window, _ groups: Int
  ) -> Convolution {
    let form = Convolution(input: input, weight: weight, window: window, groups: groups)
    guard let form else { preconditionFailure("shapes were not checked") }
    return form
  }
}
