import Tensors

/// The whole gradient of x through `BatchNormalize` when the statistics are those of x.
///
/// Inputs: x, statistics, gamma, upstream, and `ChannelMoments` of them. With `r` the reciprocal
/// deviation, `m` the elements per channel and `S`, `P` the moments:
/// `dx = gamma r (u - S/m - (x - mean) r^2 P/m)`.
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

  /// With `v` the upstream, per channel `V` its sum, `B` the sum of `v (x - mean)`, `A` that of
  /// `v u`, `a = gamma r` and `q = r^2 / m`:
  ///
  ///     du = a v             dS = -a V/m         dGamma = r (A - S V/m - q P B)
  ///     dx = -a q P v        dP = -a q B
  ///     dMean = a q P V      dVariance = -a r^2/2 (A - S V/m - 3 q P B)
  package func gradients(
    of output: Value, upstream v: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let inputs = graph.inputs(of: output)
    let (x, statistics, gamma, u) = (inputs[0], inputs[1], inputs[2], inputs[3])
    let shape = graph.shape(of: x)
    let share = Float(shape[1]) / Float(shape.count)
    let moments = try graph.add(ChannelMoments(), x, statistics, v)
    let (sumV, b) = (try graph.row(0, of: moments), try graph.row(1, of: moments))
    let s = try graph.row(0, of: inputs[4])
    let p = try graph.row(1, of: inputs[4])
    let axes = shape.dims.indices.filter { $0 != 1 }
    let sumVU = try graph.add(Sum(axes: axes), graph.add(Multiply(), v, u))
    let variance = try graph.add(Offset(epsilon), graph.row(1, of: statistics))
    let r = try graph.add(Power(-0.5), variance)
    let a = try graph.add(Multiply(), gamma, r)
    let q = try graph.add(Scale(share), graph.add(Square(), r))
    let aq = try graph.add(Multiply(), a, q)
    let aqp = try graph.add(Multiply(), aq, p)
    let du = try graph.add(Multiply(), v, graph.channels(a, like: shape))
    let dx = try graph.add(
      Multiply(), v, graph.channels(graph.add(Scale(-1), aqp), like: shape))
    let dS = try graph.add(Scale(-share), graph.add(Multiply(), a, sumV))
    let dP = try graph.add(Scale(-1), graph.add(Multiply(), aq, b))
    let plain = try graph.add(
      Subtract(), sumVU, graph.add(Scale(share), graph.add(Multiply(), s, sumV)))
    let bent = try graph.add(Multiply(), graph.add(Multiply(), q, p), b)
    let dGamma = try graph.add(Multiply(), r, graph.add(Subtract(), plain, bent))
    let dMean = try graph.add(Multiply(), aqp, sumV)
    let slope = try graph.add(Multiply(), a, graph.add(Scale(-0.5), graph.add(Square(), r)))
    let dVariance = try graph.add(
      Multiply(), slope, graph.add(Subtract(), plain, graph.add(Scale(3), bent)))
    return [
      dx, try graph.rows(dMean, dVariance), dGamma, du, try graph.rows(dS, dP),
    ]
  }
}
