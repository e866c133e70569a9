import Graphs
import Tensors

extension NetworkSpec {
  /// The network in evaluation without batch normalisation, which is a scale and a shift of the
  /// convolution before it; run it with `fold(parameters)`. Taps as in `build`.
  package func buildFolded(
    batch: Int, inputSize: (height: Int, width: Int)
  ) throws -> Graph {
    try build(batch: batch, inputSize: inputSize, mode: .folded)
  }

  /// The parameters of `buildFolded` from those of `build`.
  ///
  /// A convolution followed by a normalisation gets weight `w * s` and bias `beta - mean * s` with
  /// `s = gamma / sqrt(variance + epsilon)`. Throws `.weights` with the index of the layer.
  package func fold(_ parameters: Parameters) throws -> Parameters {
    try check(parameters)
    var folded = Parameters()
    for (index, (name, _)) in try parameterShapes().enumerated() {
      guard let tensor = parameters[name] else { throw ModelError(.weights, at: index) }
      let layer = String(name.dropLast(".weight".count))
      let norm = Self.norm(of: layer)
      if name.hasSuffix(".weight"), parameters[norm + ".running_var"] != nil, norm != layer {
        guard
          let (weight, bias) = Self.scaled(tensor, by: norm, parameters)
        else { throw ModelError(.weights, at: index) }
        folded[name] = weight
        folded[layer + ".bias"] = bias
      } else if !Self.isNorm(name) {
        folded[name] = tensor
      }
    }
    return folded
  }

  /// The name of the batch normalisation that follows a convolution.
  static func norm(of convolution: String) -> String {
    convolution.split(separator: ".").map { part in
      part.hasPrefix("conv") ? "bn" + part.dropFirst(4) : String(part)
    }.joined(separator: ".")
  }

  private static func isNorm(_ name: String) -> Bool {
    name.split(separator: ".").contains { $0.hasPrefix("bn") }
  }

  private static func scaled(
    _ weight: Tensor, by norm: String, _ parameters: Parameters
  ) -> (Tensor, Tensor)? {
    guard let gamma = parameters[norm + ".weight"]?.values,
      let beta = parameters[norm + ".bias"]?.values,
      let mean = parameters[norm + ".running_mean"]?.values,
      let variance = parameters[norm + ".running_var"]?.values
    else { return nil }
    var values = weight.values
    var bias = beta
    let size = values.count / gamma.count
    for channel in gamma.indices {
      let deviation = (Double(variance[channel]) + Double(batchNormEpsilon)).squareRoot()
      let scale = Double(gamma[channel]) / deviation
      for index in channel * size..<(channel + 1) * size {
        values[index] = Float(Double(values[index]) * scale)
      }
      bias[channel] = Float(Double(beta[channel]) - Double(mean[channel]) * scale)
    }
    return (Tensor(weight.shape, values), Tensor([bias.count], bias))
  }

  /// What every batch normalisation of these networks adds to the variance.
  static let batchNormEpsilon: Float = 1e-5
}
