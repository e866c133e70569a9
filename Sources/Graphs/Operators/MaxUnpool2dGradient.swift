import Tensors

/// From (planes, indices) the cells of the planes at the indices; zero at what is no index.
///
/// The gradient of `MaxUnpool2d`, and the other way round.
package struct MaxUnpool2dGradient: Operator {
  package static let name = "max_unpool2d_gradient"

  package init() {}

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(2, inputs)
    let (planes, indices) = (inputs[0], inputs[1])
    try Self.require(planes.rank == 4 && indices.rank == 4)
    try Self.require(planes[0] == indices[0] && planes[1] == indices[1])
    return indices
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Unpooling.read(inputs[0], at: inputs[1], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let (planes, indices) = (graph.inputs(of: output)[0], graph.inputs(of: output)[1])
    let shape = graph.shape(of: planes)
    return [
      try graph.add(MaxUnpool2d(height: shape[2], width: shape[3]), upstream, indices), nil,
    ]
  }
}
