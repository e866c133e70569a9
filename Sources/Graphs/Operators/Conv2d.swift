import Tensors

/// Two-dimensional convolution (cross-correlation): x N,C,H,W; weight O,C,KH,KW; optional bias O.
///
/// With its two companions it is a closed set: the gradients of each are the other two, so that
/// second and higher derivatives need nothing else.
package struct Conv2d: Operator {
  package static let name = "conv2d"
  package let window: Window

  package init(stride: Int = 1, padding: Int = 0, dilation: Int = 1) {
    window = Window(stride: stride, padding: padding, dilation: dilation)
  }

  init(_ window: Window) { self.window = window }

  package var attributes: String { window.text }

  package func shape(of inputs: [Shape]) throws -> Shape {
    guard inputs.count == 2 || inputs.count == 3 else { throw GraphError(.inputCount) }
    guard let form = Convolution(input: inputs[0], weight: inputs[1], window: window) else {
      throw GraphError(.shape)
    }
    try Self.require(inputs.count == 2 || inputs[2] == [inputs[1][0]])
    return form.output
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Convolution.checked(inputs[0].shape, inputs[1].shape, window)
      .forward(inputs[0], inputs[1], bias: inputs.count == 3 ? inputs[2] : nil, workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let inputs = graph.inputs(of: output)
    let x = inputs[0]
    let weight = inputs[1]
    var parts: [Value?] = [
      try graph.add(Conv2dInputGradient(window, graph.shape(of: x)), upstream, weight),
      try graph.add(Conv2dWeightGradient(window, graph.shape(of: weight)), x, upstream),
    ]
    if inputs.count == 3 { parts.append(try graph.add(Sum(axes: [0, 2, 3]), upstream)) }
    return parts
  }
}

extension Window {
  /// The printed attributes.
  var text: String { "stride=\(stride) padding=\(padding) dilation=\(dilation)" }
}

extension Convolution {
  /// The form of shapes that a shape rule has passed.
  static func checked(_ input: Shape, _ weight: Shape, _ window: Window) -> Convolution {
    guard let form = Convolution(input: input, weight: weight, window: window) else {
      preconditionFailure("shapes were not checked")
    }
    return form
  }
}
