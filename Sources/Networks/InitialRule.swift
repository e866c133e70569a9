import Tensors

/// What a parameter is drawn from before training.
enum InitialDistribution: Hashable, Sendable {
  case constant(Float)
  /// Mean 0 and this deviation.
  case normal(Double)
  /// Between minus and plus this bound.
  case uniform(Double)

  /// The tensor of a seed: the stream is the name of the parameter.
  func tensor(_ shape: Shape, seed: UInt64, name: String) -> Tensor {
    var source = RandomSource(seed: seed, stream: name)
    switch self {
    case .constant(let value):
      return Tensor(shape, [Float](repeating: value, count: shape.count))
    case .normal(let deviation):
      return Tensor(shape, (0..<shape.count).map { _ in Float(deviation * source.normal()) })
    case .uniform(let bound):
      return Tensor(
        shape, (0..<shape.count).map { _ in Float(bound * (2 * source.uniform() - 1)) })
    }
  }
}

/// How the weights of a layer begin, by its shape.
enum InitialRule: Hashable, Sendable {
  /// He 2015, deviation `sqrt(2 / fan in)`.
  case heNormalFanIn
  /// He 2015, deviation `sqrt(2 / fan out)`: torchvision's ResNet and VGG.
  case heNormalFanOut
  /// He 2015, uniform with the variance `2 / fan in`: decoders of segmentation_models_pytorch.
  case heUniform
  /// Glorot 2010, uniform with the variance `2 / (fan in + fan out)`.
  case xavierUniform
  /// Deviation `sqrt(1 / fan in)`.
  case lecunNormal
  /// This deviation.
  case normal(Double)
  /// PyTorch's own: weight and bias uniform within `sqrt(1 / fan in)`.
  case standard
  /// The same with biases of 0.
  case standardWithoutBias

  func weight(_ shape: Shape) -> InitialDistribution {
    let fanIn = Double(shape.count / shape[0])
    let fanOut = Double(shape.count / shape[1])
    switch self {
    case .heNormalFanIn: return .normal((2 / fanIn).squareRoot())
    case .heNormalFanOut: return .normal((2 / fanOut).squareRoot())
    case .heUniform: return .uniform((6 / fanIn).squareRoot())
    case .xavierUniform: return .uniform((6 / (fanIn + fanOut)).squareRoot())
    case .lecunNormal: return .normal((1 / fanIn).squareRoot())
    case .normal(let deviation): return .normal(deviation)
    case .standard, .standardWithoutBias: return .uniform((1 / fanIn).squareRoot())
    }
  }

  /// The bias of a layer with a weight of this shape: 0, but for PyTorch's own rule.
  func bias(_ shape: Shape) -> InitialDistribution {
    self == .standard ? weight(shape) : .constant(0)
  }
}
