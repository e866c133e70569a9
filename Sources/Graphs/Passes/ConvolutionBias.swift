import Tensors

/// Makes the sum of a convolution and one known number a channel the bias of the convolution.
struct ConvolutionBias: Pass {
  static let name = "convolution bias"

  mutating func replace(_ value: Value, in rewriting: inout Rewriting) throws -> Value? {
    guard let inputs = rewriting.inputs(of: value, if: Add.self) else { return nil }
    return try Self.fuse(inputs[0], inputs[1], value, in: &rewriting)
      ?? Self.fuse(inputs[1], inputs[0], value, in: &rewriting)
  }

  private static func fuse(
    _ convolution: Value, _ addend: Value, _ sum: Value, in rewriting: inout Rewriting
  ) throws -> Value? {
    let shape = rewriting.source.shape(of: sum)
    guard rewriting.source.shape(of: convolution) == shape, rewriting.isSole(convolution),
      rewriting.parameterOnly[addend.index], let op = rewriting.convolution(convolution),
      !op.hasResidual, op.activation == .none
    else { return nil }
    let form = rewriting.source.shape(of: addend)
    guard form == [shape[1], 1, 1] || form == [1, shape[1], 1, 1] else { return nil }
    var inputs = rewriting.images(of: rewriting.source.inputs(of: convolution))
    var bias = try rewriting.emit(Reshape([shape[1]]), [rewriting.image(of: addend)])
    if op.hasBias { bias = try rewriting.emit(Add(), [inputs.removeLast(), bias]) }
    let fused = FusedConv2d(
      window: op.window, groups: op.groups, hasInputAffine: op.hasInputAffine, hasBias: true)
    return try rewriting.emit(fused, inputs + [bias])
  }
}
