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
    let channels = inputs[2].shape.count
    let table = withCells(inputs[1], inputs[2], inputs[4]) { statistics, gamma, moments in
      workspace.tensor([3, channels]) {
        form(
          statistics: statistics, gamma: gamma, moments: moments,
          perChannel: inputs[0].shape.count / channels, channels: channels, into: $0)
      }
    }
    return ChannelKernels.combine(inputs[3], inputs[0], table, workspace)
  }

  /// The rows a, b, c of `dx = a u + b x + c` per channel, [3, C].
  func form(
    statistics: Cells, gamma: Cells, moments: Cells, perChannel: Int, channels: Int,
    into form: Cells
  ) {
    let share = 1 / Double(perChannel)
    for channel in 0..<channels {
      let r = 1 / (Double(statistics[channels + channel]) + Double(epsilon)).squareRoot()
      let a = Double(gamma[channel]) * r
      let b = -a * r * r * Double(moments[channels + channel]) * share
      let c = -a * Double(moments[channel]) * share - b * Double(statistics[channel])
      form[channel] = Float(a)
      form[channels + channel] = Float(b)
      form[2 * channels + channel] = Float(c)
    }
  }
}
