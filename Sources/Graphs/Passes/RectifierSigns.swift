import Tensors

/// Lets the gradient of a rectifier read its output instead of its input, which has the same sign
/// when the slope is not negative: then nobody else reads the input and it can be fused away.
struct RectifierSigns: Pass {
  static let name = "rectifier signs"

  /// By rectified value the first rectifier of it.
  private var rectified: [Value: Value] = [:]

  mutating func replace(_ value: Value, in rewriting: inout Rewriting) throws -> Value? {
    let inputs = rewriting.source.inputs(of: value)
    if let slope = Activations.activation(rewriting.source.op(of: value))?.slope {
      if slope >= 0, rectified[inputs[0]] == nil { rectified[inputs[0]] = value }
      return nil
    }
    guard let gradient = rewriting.source.op(of: value) as? RectifierGradient,
      let output = rectified[inputs[0]]
    else { return nil }
    return try rewriting.emit(gradient, rewriting.images(of: [output, inputs[1]]))
  }
}
