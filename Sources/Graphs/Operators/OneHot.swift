import Tensors

/// Class labels N, ... to indicators N, C, ...; constant with respect to its input.
///
/// A label that is not a whole number in `0 ..< classes`, such as an ignore label, gets zeros.
package struct OneHot: Operator {
  package static let name = "one_hot"
  package let classes: Int

  package init(classes: Int) { self.classes = classes }

  package var attributes: String { "classes=\(classes)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    guard classes > 0 else { throw GraphError(.attribute) }
    try Self.require(inputs[0].rank >= 1)
    return Shape([inputs[0][0], classes] + inputs[0].dims.dropFirst())
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Softmax.oneHot(inputs[0], classes: classes, workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    [nil]
  }
}
