import Tensors

/// One kind of computation: meaning, shape rule, kernel and gradient, each in a file of its own.
///
/// An operator is a value whose attributes are its stored properties; it holds no closures, so
/// that a graph can be printed and compared.
package protocol Operator: Sendable {
  /// Stable: it is printed in the golden texts of graphs.
  static var name: String { get }

  /// The attributes as printed after the inputs, such as "stride=2 padding=1"; may be empty.
  var attributes: String { get }

  /// True when the output is the first input under another shape, without a copy.
  var sharesStorage: Bool { get }

  /// The shape of the output. Throws `GraphError` when the inputs do not fit.
  func shape(of inputs: [Shape]) throws -> Shape

  /// Computes the output. The shapes were checked when the node was added.
  func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor

  /// Adds the nodes of the vector-Jacobian product to `graph`.
  ///
  /// - Parameters:
  ///   - output: the node of this operator; `graph.inputs(of: output)` are its inputs.
  ///   - upstream: the gradient of the scalar with respect to `output`, of its shape.
  /// - Returns: per input its gradient, or nil where it is zero everywhere.
  /// - Throws: `GraphError(.noGradient)` where the operator has none.
  func gradients(of output: Value, upstream: Value, in graph: inout Graph) throws -> [Value?]
}

extension Operator {
  package var attributes: String { "" }
  package var sharesStorage: Bool { false }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    throw GraphError(.noGradient, at: output.index)
  }

  /// The error for inputs that do not fit; `Graph.add` fills in the node.
  static var misfit: GraphError { GraphError(.shape) }

  /// Throws unless there are exactly `count` inputs.
  static func expect(_ count: Int, _ inputs: [Shape]) throws {
    guard inputs.count == count else { throw GraphError(.inputCount) }
  }

  /// Throws unless `condition` holds.
  static func require(_ condition: Bool) throws {
    guard condition else { throw misfit }
  }
}
