import Tensors

/// Random numbers in `0 ..< 1` from the tensor of a `RandomState`; constant for gradients.
///
/// The same state and stream give the same numbers for any number of threads.
package struct Uniform: Operator {
  package static let name = "uniform"
  package let shape: Shape
  /// Tells the uses of one state apart.
  package let stream: Int

  package init(_ shape: Shape, stream: Int) {
    self.shape = shape
    self.stream = stream
  }

  package var attributes: String { "stream=\(stream)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    try Self.require(inputs[0] == RandomState.shape)
    return shape
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    let state = RandomState(inputs[0])
    return Philox.uniform(
      shape, seed: state.seed, step: state.step, stream: UInt32(truncatingIfNeeded: stream),
      workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    [nil]
  }
}
