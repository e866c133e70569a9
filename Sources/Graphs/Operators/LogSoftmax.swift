import Tensors

/// `x - log(sum exp x)` over axis 1 of an N, C, ... tensor.
package struct LogSoftmax: Operator {
  package static let name = "log_softmax"

  package init() {}

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    try Self.require(inputs[0].rank >= 2 && inputs[0].count > 0)
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Softmax.log(inputs[0], workspace)
  }

  /// `dx = u - softmax * (sum of u over the classes)`
  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    var dims = graph.shape(of: output).dims
    dims[1] = 1
    let total = try graph.add(Reshape(Shape(dims)), graph.add(Sum(axes: [1]), upstream))
    let part = try graph.add(Multiply(), graph.add(Exp(), output), total)
    return [try graph.add(Subtract(), upstream, part)]
  }
}
