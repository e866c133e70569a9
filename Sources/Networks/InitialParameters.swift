import Graphs
import Tensors

extension NetworkSpec {
  /// The parameters before training, each layer by the rule of its layout ("vgg-gap" and "unet":
  /// convolutions He-normal by fan in, the linear head normal with deviation `sqrt(1 / fan in)`,
  /// biases 0); batch normalisation 1 and 0, running mean 0 and variance 1.
  ///
  /// A seed gives the same numbers on every platform up to the last bits of its `log` and `cos`.
  package func initialParameters(seed: UInt64) throws -> Parameters {
    let builder = try smallest(.evaluation)
    var parameters = Parameters()
    for (name, value) in builder.graph.parameters {
      parameters[name] = builder.distributions[name]?
        .tensor(builder.shape(value), seed: seed, name: name)
    }
    return parameters
  }
}
