import Tensors

/// Moves a known factor a channel into the weight of the convolution beside it: after a
/// convolution (normalisation written as a product and a sum), and before the input gradient of
/// one (attribution through normalisation by known statistics).
///
/// Scaled weights of both directions are the same node once `CommonValues` has run.
struct KnownScale: Pass {
  static let name = "known scale"

  mutating func replace(_ value: Value, in rewriting: inout Rewriting) throws -> Value? {
    if let product = Self.product(value, rewriting) {
      return try Self.fold(product.scale, into: product.other, &rewriting)
    }
    guard let op = rewriting.source.op(of: value) as? Conv2dInputGradient else { return nil }
    let inputs = rewriting.source.inputs(of: value)
    guard rewriting.isSole(inputs[0]), rewriting.parameterOnly[inputs[1].index],
      let product = Self.product(inputs[0], rewriting)
    else { return nil }
    let weight = try Self.scaled(inputs[1], by: product.scale, &rewriting)
    return try rewriting.emit(op, [rewriting.image(of: product.other), weight])
  }

  /// The factors of a product of N,C,H,W and a known number a channel.
  private static func product(
    _ value: Value, _ rewriting: Rewriting
  ) -> (other: Value, scale: Value)? {
    guard let inputs = rewriting.inputs(of: value, if: Multiply.self) else { return nil }
    let shape = rewriting.source.shape(of: value)
    for (other, scale) in [(inputs[0], inputs[1]), (inputs[1], inputs[0])]
    where rewriting.parameterOnly[scale.index] && rewriting.source.shape(of: other) == shape
      && rewriting.source.shape(of: scale).isChannels(of: shape)
    {
      return (other, scale)
    }
    return nil
  }

  /// A convolution with weight and bias times `scale`; nil when it must stay.
  private static func fold(
    _ scale: Value, into convolution: Value, _ rewriting: inout Rewriting
  ) throws -> Value? {
    guard rewriting.isSole(convolution), let op = rewriting.convolution(convolution),
      !op.hasInputAffine, !op.hasResidual, op.activation == .none
    else { return nil }
    let inputs = rewriting.source.inputs(of: convolution)
    let weight = try scaled(inputs[1], by: scale, &rewriting)
    let x = rewriting.image(of: inputs[0])
    guard op.hasBias else { return try rewriting.emit(op.convolution, [x, weight]) }
    let bias = rewriting.image(of: inputs[2])
    let factor = try rewriting.emit(
      Reshape(rewriting.result.shape(of: bias)), [rewriting.image(of: scale)])
    let product = try rewriting.emit(Multiply(), [bias, factor])
    return try rewriting.emit(op.convolution, [x, weight, product])
  }

  /// A weight O, ... times one number an output channel.
  private static func scaled(
    _ weight: Value, by scale: Value, _ rewriting: inout Rewriting
  ) throws -> Value {
    let rows = Shape([rewriting.source.shape(of: weight)[0], 1, 1, 1])
    let factor = try rewriting.emit(Reshape(rows), [rewriting.image(of: scale)])
    return try rewriting.emit(Multiply(), [rewriting.image(of: weight), factor])
  }
}

extension Shape {
  /// True when this is one number for each channel of N,C,H,W, shaped to broadcast against it.
  func isChannels(of shape: Shape) -> Bool {
    shape.rank == 4 && (self == [shape[1], 1, 1] || self == [1, shape[1], 1, 1])
  }
}
