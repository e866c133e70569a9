import Graphs
import Tensors

extension NetworkSpec {
  /// The parameters before training: convolutions He-normal (He 2015: deviation
  /// `sqrt(2 / fan in)`), the linear head normal with deviation `sqrt(1 / fan in)`, biases 0,
  /// batch normalisation 1 and 0, running mean 0 and variance 1.
  ///
  /// A seed gives the same numbers on every platform up to the last bits of its `log` and `cos`.
  package func initialParameters(seed: UInt64) throws -> Parameters {
    var parameters = Parameters()
    for (name, shape) in try parameterShapes() {
      parameters[name] = Self.initial(name, shape, seed)
    }
    return parameters
  }

  private static func initial(_ name: String, _ shape: Shape, _ seed: UInt64) -> Tensor {
    if shape.rank == 1 {
      let one = name.hasSuffix(".weight") || name.hasSuffix(".running_var")
      return Tensor(shape, [Float](repeating: one ? 1 : 0, count: shape.count))
    }
    let fanIn = Double(shape.count / shape[0])
    let isHead = name.hasPrefix("head.")
    let deviation = ((isHead ? 1 : 2) / fanIn).squareRoot()
    var source = RandomSource(seed: seed, stream: name)
    return Tensor(shape, (0..<shape.count).map { _ in Float(deviation * source.normal()) })
  }
}
