import Tensors

/// The whole gradient of x through `BatchNormalize` when the statistics are those of x.
///
/// Inputs: x, statistics, gamma, upstream, and `ChannelMoments` of them. With `r` the reciprocal
/// deviation, `m` the elements per channel and `S`, `P` the moments:
/// `dx = gamma r (u - S/m - (x - mean) r^2 P/m)`. It has no gradient of its own.
package struct BatchNormalizeGradient: Operator {
  package static let name = "batch_normalize_gradient"
  /// Added to the variance.
  package let epsilon: Float

  package init(epsilon: Float) { self.epsilon = epsilon }

  package var attributes: String { "epsilon=\(epsilon)" }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(5, inputs)
    try Self.require(inputs[0].rank >= 2 && inputs[3] == inputs[0])
    let channels = inputs[0][1]
    try Self.require(
      inputs[1] == [2, channels] && inputs[2] == [channels] && inputs[4] == [2, channels])
    return inputs[0]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    let (statistics, gamma, moments) = (inputs[1].values, inputs[2].values, inputs[4].values)
    let count = gamma.count
    let share = 1 / Double(inputs[0].shape.count / count)
    var form = [Float](repeating: 0, count: 3 * count)
    for channel in 0..<count {
      let r = 1 / (Double(statistics[count + channel]) + Double(epsilon)).squareRoot()
      let a = Double(gamma[channel]) * r
      let b = -a * r * r * Double(moments[count + channel]) * share
      let c = -a * Double(moments[channel]) * share - b * Double(statistics[channel])
      form[channel] = Float(a)
      form[count + channel] = Float(b)
      form[2 * count + channel] = Float(c)
    }
    return ChannelKernels.combine(inputs[3], inputs[0], Tensor([3, count], form), workspace)
  }
}
