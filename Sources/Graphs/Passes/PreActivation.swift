import Tensors

/// Moves a scale, shift and ReLU into the 1 x 1 convolution that alone reads them: DenseNet.
///
/// Larger windows would compute them once a tap, and groups once a group.
struct PreActivation: Pass {
  static let name = "pre-activation"

  mutating func replace(_ value: Value, in rewriting: inout Rewriting) throws -> Value? {
    guard let op = rewriting.convolution(value), !op.hasInputAffine, op.groups == 1,
      op.window.padding == 0
    else { return nil }
    let inputs = rewriting.source.inputs(of: value)
    let weight = rewriting.source.shape(of: inputs[1])
    guard weight[2] == 1, weight[3] == 1, rewriting.isSole(inputs[0]),
      let affine = rewriting.source.op(of: inputs[0]) as? ChannelAffine, affine.activation == .relu
    else { return nil }
    let before = rewriting.source.inputs(of: inputs[0])
    let fused = FusedConv2d(
      window: op.window, groups: 1, hasInputAffine: true, hasBias: op.hasBias,
      hasResidual: op.hasResidual, activation: op.activation)
    let operands = [before[0], inputs[1], before[1], before[2]] + inputs[2...]
    return try rewriting.emit(fused, rewriting.images(of: operands))
  }
}
