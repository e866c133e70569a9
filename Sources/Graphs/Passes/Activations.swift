import Tensors

/// Moves a rectifier into the operator that makes what it rectifies.
struct Activations: Pass {
  static let name = "activations"

  /// The function of a rectifier, nil for other operators.
  static func activation(_ op: (any Operator)?) -> Activation? {
    switch op {
    case is Relu: .relu
    case let op as LeakyRelu: .leakyRelu(op.slope)
    default: nil
    }
  }

  mutating func replace(_ value: Value, in rewriting: inout Rewriting) throws -> Value? {
    guard let activation = Self.activation(rewriting.source.op(of: value)) else { return nil }
    let x = rewriting.source.inputs(of: value)[0]
    guard rewriting.isSole(x), let op = rewriting.epilogue(of: x), op.activation == .none else {
      return nil
    }
    let inputs = rewriting.images(of: rewriting.source.inputs(of: x))
    return try rewriting.emit(op.ending(in: activation), inputs)
  }
}
