import Tensors

/// Turns the product of planes and one number a plane into a `FusedScaleAdd`, to which a residual
/// and a rectifier can be fused: squeeze-and-excitation.
struct ChannelScale: Pass {
  static let name = "channel scale"

  mutating func replace(_ value: Value, in rewriting: inout Rewriting) throws -> Value? {
    guard let inputs = rewriting.inputs(of: value, if: Multiply.self) else { return nil }
    let shape = rewriting.source.shape(of: value)
    guard shape.rank == 4, shape[2] * shape[3] > 1, !rewriting.parameterOnly[value.index] else {
      return nil
    }
    for (x, scale) in [(inputs[0], inputs[1]), (inputs[1], inputs[0])]
    where rewriting.source.shape(of: x) == shape
      && rewriting.source.shape(of: scale) == FusedScaleAdd.plane(shape)
    {
      return try rewriting.emit(FusedScaleAdd(), rewriting.images(of: [x, scale]))
    }
    return nil
  }
}
