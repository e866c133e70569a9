import Graphs
import Tensors

extension Activation {
  fileprivate func callAsFunction(_ x: Double) -> Double {
    guard let slope else { return x }
    return x > 0 ? x : Double(slope) * x
  }
}

extension OperatorCase {
  static var fused: [OperatorCase] { fusedConvolution + fusedChannels }

  private static func convolution(
    _ form: NaiveConvolution, affine: Bool = false, bias: Bool = false, residual: Bool = false,
    _ activation: Activation
  ) -> OperatorCase {
    let op = FusedConv2d(
      window: form.window, groups: form.groups, hasInputAffine: affine, hasBias: bias,
      hasResidual: residual, activation: activation)
    let channels: Shape = [form.x[1]]
    let shapes =
      [form.x, form.w] + (affine ? [channels, channels] : []) + (bias ? [[form.w[0]]] : [])
      + (residual ? [form.y] : [])
    return OperatorCase(op, op.attributes, shapes, rule: .refused) { inputs in
      var rest = inputs[2...]
      var x = inputs[0]
      if affine {
        let (input, scale, shift) = (x, rest.removeFirst(), rest.removeFirst())
        x = Reference(x.shape) { max(0, scale[$0[1]] * input[$0] + shift[$0[1]]) }
      }
      let sum = form.forward([x, inputs[1]] + (bias ? [rest.removeFirst()] : []))
      return Reference(form.y) { activation(sum[$0] + (rest.first?[$0] ?? 0)) }
    }
  }

  private static var fusedConvolution: [OperatorCase] {
    let wide = NaiveConvolution(x: [2, 2, 4, 5], w: [3, 2, 3, 3], window: Window(padding: 1))
    let step = NaiveConvolution(
      x: [1, 2, 5, 6], w: [2, 2, 3, 3], window: Window(stride: 2, padding: 1))
    let point = NaiveConvolution(x: [2, 3, 3, 2], w: [2, 3, 1, 1], window: Window())
    let grouped = NaiveConvolution(
      x: [2, 4, 4, 3], w: [6, 2, 3, 3], window: Window(padding: 1), groups: 2)
    return [
      convolution(wide, .none),
      convolution(wide, bias: true, .relu),
      convolution(wide, affine: true, .none),
      convolution(wide, affine: true, bias: true, residual: true, .relu),
      convolution(step, residual: true, .leakyRelu(0.2)),
      convolution(point, affine: true, bias: true, .relu),
      convolution(point, affine: true, residual: true, .none),
      convolution(grouped, bias: true, residual: true, .relu),
      convolution(grouped, affine: true, .leakyRelu(0.1)),
    ]
  }

  private static func normalization(
    residual: Bool, _ activation: Activation
  ) -> OperatorCase {
    let x: Shape = [2, 3, 2, 3]
    let op = FusedBatchNormalize(epsilon: 1e-3, hasResidual: residual, activation: activation)
    let shapes = [x, [2, 3], [3], [3]] + (residual ? [x] : [])
    return OperatorCase(op, op.attributes, shapes, range: 0.1...2, rule: .refused) {
      inputs in
      let (values, statistics, gamma, beta) = (inputs[0], inputs[1], inputs[2], inputs[3])
      return Reference(x) { index in
        let c = index[1]
        let deviation = (statistics[1, c] + Double(Float(1e-3))).squareRoot()
        let y = gamma[c] * (values[index] - statistics[0, c]) / deviation + beta[c]
        return activation(y + (residual ? inputs[4][index] : 0))
      }
    }
  }

  private static func scaleAdd(
    residual: Bool, _ scale: Shape, _ activation: Activation
  ) -> OperatorCase {
    let x: Shape = [2, 3, 2, 3]
    let op = FusedScaleAdd(hasResidual: residual, activation: activation)
    let label = "\(scale) \(op.attributes)"
    return OperatorCase(op, label, [x, scale] + (residual ? [x] : []), rule: .refused) { inputs in
      Reference(x) { index in
        let factor = inputs[1].values[index[0] * 3 + index[1]]
        return activation(factor * inputs[0][index] + (residual ? inputs[2][index] : 0))
      }
    }
  }

  private static func affine(_ x: Shape, _ activation: Activation) -> OperatorCase {
    let op = ChannelAffine(activation: activation)
    return OperatorCase(op, "\(x) \(op.attributes)", [x, [x[1]], [x[1]]], rule: .refused) {
      inputs in
      Reference(x) { activation(inputs[1][$0[1]] * inputs[0][$0] + inputs[2][$0[1]]) }
    }
  }

  private static var fusedChannels: [OperatorCase] {
    [
      normalization(residual: false, .relu),
      normalization(residual: true, .leakyRelu(0.2)),
      normalization(residual: true, .none),
      affine([2, 3, 2, 3], .none),
      affine([2, 3, 2, 3], .relu),
      affine([4, 3], .leakyRelu(0.2)),
      scaleAdd(residual: false, [2, 3, 1, 1], .none),
      scaleAdd(residual: true, [2, 3, 1, 1], .relu),
      scaleAdd(residual: true, [2, 3], .leakyRelu(0.2)),
    ]
  }
}
