import Graphs
import Tensors

/// Writes networks into a graph, layer by layer.
///
/// Names of parameters are those of PyTorch's modules ("layer1.0.conv1.weight"), so that a state
/// dictionary maps one to one.
struct NetworkBuilder {
  /// What becomes of batch normalisation.
  enum Mode {
    /// Statistics of the batch.
    case training
    /// Running averages.
    case evaluation
  }

  var graph: Graph
  let mode: Mode
  /// What training drops at random.
  let drops: Drops
  /// How the weights of the layers that follow begin.
  var initial = InitialRule.heNormalFanIn
  /// True where batch normalisation keeps its running averages in training too.
  var isFrozen = false
  /// Where each parameter begins.
  var distributions: [String: InitialDistribution] = [:]

  /// Before the name of every parameter, where several networks share a graph.
  let prefix: String

  /// What every normalisation of these networks adds to the variance.
  static let epsilon: Float = 1e-5

  init(
    _ mode: Mode, drops: Drops = Drops(), graph: Graph = Graph(), prefix: String = ""
  ) {
    self.mode = mode
    self.drops = drops
    self.graph = graph
    self.prefix = prefix
  }

  func shape(_ x: Value) -> Shape { graph.shape(of: x) }

  func channels(_ x: Value) -> Int { graph.shape(of: x)[1] }

  /// "<name>.weight", drawn by the rule of the moment.
  mutating func weight(_ name: String, _ shape: Shape) -> Value {
    distributions[name + ".weight"] = initial.weight(shape)
    return graph.parameter(prefix + name + ".weight", shape)
  }

  /// "<name>.bias" of a layer with a weight of `shape` and `width` outputs.
  mutating func bias(_ name: String, _ width: Int, weight shape: Shape) -> Value {
    distributions[name + ".bias"] = initial.bias(shape)
    return graph.parameter(prefix + name + ".bias", [width])
  }

  /// A convolution `name` to `width` channels; with `norm` its batch normalisation.
  mutating func convolution(
    _ x: Value, _ width: Int, _ form: ConvolutionForm = .init(), name: String,
    bias hasBias: Bool = false, norm: String? = nil
  ) throws -> Value {
    guard channels(x) % form.groups == 0 else { throw GraphError(.shape) }
    let shape: Shape = [width, channels(x) / form.groups, form.kernel, form.kernel]
    var inputs = [x, weight(name, shape)]
    if hasBias { inputs.append(bias(name, width, weight: shape)) }
    let y = try graph.add(form.op, inputs)
    guard let norm else { return y }
    return try batchNorm(y, norm)
  }

  /// Batch normalisation with the parameters "<name>.weight" and "<name>.bias".
  mutating func batchNorm(_ x: Value, _ name: String) throws -> Value {
    distributions[name + ".weight"] = .constant(1)
    distributions[name + ".bias"] = .constant(0)
    distributions[name + ".running_mean"] = .constant(0)
    distributions[name + ".running_var"] = .constant(1)
    return try graph.batchNorm(
      x, name: prefix + name, training: mode == .training && !isFrozen, epsilon: Self.epsilon)
  }

  mutating func relu(_ x: Value) throws -> Value { try graph.add(Relu(), x) }

  /// A linear layer `name` of N, C with a bias.
  mutating func linear(_ x: Value, _ width: Int, name: String) throws -> Value {
    let shape: Shape = [width, channels(x)]
    let weight = weight(name, shape)
    return try graph.linear(x, weight: weight, bias: bias(name, width, weight: shape))
  }

  /// A parameter that training does not touch.
  mutating func average(_ name: String, _ shape: Shape) -> Value {
    distributions[name] = .constant(0)
    return graph.parameter(prefix + name, shape)
  }
}

/// The shape of a convolution; padded so that a stride of 1 keeps the size of the image.
struct ConvolutionForm {
  var kernel = 3
  var stride = 1
  var dilation = 1
  var groups = 1

  static let one = ConvolutionForm(kernel: 1)

  var op: Conv2d {
    Conv2d(
      stride: stride, padding: dilation * (kernel / 2), dilation: dilation, groups: groups)
  }
}
