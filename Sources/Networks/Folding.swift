import Graphs
import Tensors

extension NetworkSpec {
  /// The network in evaluation without the batch normalisations that follow a convolution, which
  /// are a scale and a shift of it; run it with `fold(parameters)`. Taps as in `build`.
  package func buildFolded(
    batch: Int, inputSize: (height: Int, width: Int)
  ) throws -> Graph {
    try builder(batch, inputSize, .folded).graph
  }

  /// The parameters of `buildFolded` from those of `build`.
  ///
  /// A convolution followed by a normalisation gets weight `w * s` and bias
  /// `beta + (bias - mean) * s` with `s = gamma / sqrt(variance + epsilon)`. Throws `.weights` with
  /// the index of the layer.
  package func fold(_ parameters: Parameters) throws -> Parameters {
    try check(parameters)
    let builder = try smallest(.evaluation)
    let gone = Set(builder.norms.values)
    var folded = Parameters()
    for (index, (name, _)) in builder.graph.parameters.enumerated() {
      let layer = Self.layer(of: name)
      guard let tensor = parameters[name] else { throw ModelError(.weights, at: index) }
      if gone.contains(layer) { continue }
      guard let norm = builder.norms[layer] else {
        folded[name] = tensor
        continue
      }
      guard name.hasSuffix(".weight") else { continue }
      guard let (weight, bias) = Self.scaled(layer, by: norm, parameters) else {
        throw ModelError(.weights, at: index)
      }
      folded[name] = weight
      folded[layer + ".bias"] = bias
    }
    return folded
  }

  /// The name of a parameter without its last part.
  private static func layer(of name: String) -> String {
    name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
  }

  private static func scaled(
    _ layer: String, by norm: String, _ parameters: Parameters
  ) -> (Tensor, Tensor)? {
    guard let weight = parameters[layer + ".weight"],
      let gamma = parameters[norm + ".weight"]?.values,
      let beta = parameters[norm + ".bias"]?.values,
      let mean = parameters[norm + ".running_mean"]?.values,
      let variance = parameters[norm + ".running_var"]?.values
    else { return nil }
    let shift = parameters[layer + ".bias"]?.values
    var values = weight.values
    var bias = beta
    let size = values.count / gamma.count
    for channel in gamma.indices {
      let deviation = (Double(variance[channel]) + Double(batchNormEpsilon)).squareRoot()
      let scale = Double(gamma[channel]) / deviation
      for index in channel * size..<(channel + 1) * size {
        values[index] = Float(Double(values[index]) * scale)
      }
      let start = Double(shift?[channel] ?? 0) - Double(mean[channel])
      bias[channel] = Float(Double(beta[channel]) + start * scale)
    }
    return (Tensor(weight.shape, values), Tensor([bias.count], bias))
  }

  /// What every batch normalisation of these networks adds to the variance.
  static let batchNormEpsilon: Float = 1e-5
}
