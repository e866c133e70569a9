import Tensors

/// Turns batch normalisation by known statistics into a scale and a shift a channel, which the
/// convolution before it takes into its weight and bias where it can; else a `ChannelAffine`.
///
/// Known is what no input reaches: running averages, gamma and beta. Jacob et al., "Quantization
/// and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018, 3.2.
struct KnownNormalization: Pass {
  static let name = "known normalization"

  mutating func replace(_ value: Value, in rewriting: inout Rewriting) throws -> Value? {
    guard let op = rewriting.source.op(of: value) as? BatchNormalize else { return nil }
    let inputs = rewriting.source.inputs(of: value)
    guard inputs.dropFirst().allSatisfy({ rewriting.parameterOnly[$0.index] }) else { return nil }
    let (scale, shift) = try Self.affine(op, rewriting.images(of: inputs), &rewriting.result)
    if let folded = try Self.fold(scale, shift, into: inputs[0], &rewriting) { return folded }
    return try rewriting.emit(ChannelAffine(), [rewriting.image(of: inputs[0]), scale, shift])
  }

  /// `gamma / sqrt(variance + epsilon)` and `beta - mean * scale`, both [C].
  private static func affine(
    _ op: BatchNormalize, _ inputs: [Value], _ graph: inout Graph
  ) throws -> (scale: Value, shift: Value) {
    let (statistics, gamma, beta) = (inputs[1], inputs[2], inputs[3])
    let variance = try graph.add(Offset(op.epsilon), graph.row(1, of: statistics))
    let scale = try graph.add(Divide(), gamma, graph.add(SquareRoot(), variance))
    let drift = try graph.add(Multiply(), graph.row(0, of: statistics), scale)
    return (scale, try graph.add(Subtract(), beta, drift))
  }

  /// Weight times scale, and bias times scale plus shift; nil when the convolution must stay.
  private static func fold(
    _ scale: Value, _ shift: Value, into convolution: Value, _ rewriting: inout Rewriting
  ) throws -> Value? {
    guard rewriting.isSole(convolution), let op = rewriting.convolution(convolution),
      !op.hasInputAffine, !op.hasResidual, op.activation == .none
    else { return nil }
    let inputs = rewriting.images(of: rewriting.source.inputs(of: convolution))
    let rows = Shape([rewriting.result.shape(of: scale)[0], 1, 1, 1])
    let factor = try rewriting.emit(Reshape(rows), [scale])
    let weight = try rewriting.emit(Multiply(), [inputs[1], factor])
    var bias = shift
    if op.hasBias {
      bias = try rewriting.emit(Add(), [rewriting.emit(Multiply(), [inputs[2], scale]), shift])
    }
    let fused = FusedConv2d(window: op.window, groups: op.groups, hasBias: true)
    return try rewriting.emit(fused, [inputs[0], weight, bias])
  }
}
