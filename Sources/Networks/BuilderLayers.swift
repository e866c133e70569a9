import Graphs
import Tensors

/// Layers that several networks share.
extension NetworkBuilder {
  /// Convolution, batch normalisation and ReLU.
  mutating func normalized(
    _ x: Value, _ width: Int, _ form: ConvolutionForm = .init(), name: String, norm: String
  ) throws -> Value {
    try relu(convolution(x, width, form, name: name, norm: norm))
  }

  /// A 3 x 3 convolution with a bias, and ReLU.
  mutating func biased(_ x: Value, _ width: Int, name: String) throws -> Value {
    try relu(convolution(x, width, name: name, bias: true))
  }

  /// Convolutions and ReLU over a trunk, "extra_convs.0", "extra_convs.2", ...
  mutating func extraConvolutions(
    _ x: Value, _ widths: [Int], prefix: String = ""
  ) throws -> Value {
    initial = .heNormalFanOut
    var x = x
    for (index, width) in widths.enumerated() {
      x = try biased(x, width, name: "\(prefix)extra_convs.\(2 * index)")
    }
    return x
  }

  /// A transposed 2 x 2 convolution of stride 2 with a bias; weight [in, out, 2, 2].
  mutating func doubled(_ x: Value, _ width: Int, name: String) throws -> Value {
    let from = shape(x)
    let form: Shape = [from[1], width, 2, 2]
    let target: Shape = [from[0], width, 2 * from[2], 2 * from[3]]
    let weight = weight(name, form)
    let y = try graph.add(Conv2dInputGradient(Window(stride: 2), target), x, weight)
    let bias = bias(name, width, weight: form)
    return try graph.add(Add(), y, graph.add(Reshape([width, 1, 1]), bias))
  }

  /// Group normalisation with "<name>.weight" and "<name>.bias".
  mutating func groupNorm(_ x: Value, groups: Int, name: String) throws -> Value {
    distributions[name + ".weight"] = .constant(1)
    distributions[name + ".bias"] = .constant(0)
    return try graph.groupNorm(x, name: prefix + name, groups: groups, epsilon: Self.epsilon)
  }

  /// Squeeze and excitation (Hu 2018): channels scaled by a gate from their global means.
  mutating func squeezed(_ x: Value, reduction: Int, name: String) throws -> Value {
    let form = shape(x)
    let narrow = form[1].divided(by: reduction)
    let mean = try graph.add(Reshape([form[0], form[1], 1, 1]), graph.globalMean(x))
    let inner = try relu(convolution(mean, narrow, .one, name: name + ".fc1", bias: true))
    let outer = try convolution(inner, form[1], .one, name: name + ".fc2", bias: true)
    return try graph.add(Multiply(), x, graph.add(Sigmoid(), outer))
  }

  /// Bilinear interpolation to a size; nothing where it has that size.
  mutating func resized(
    _ x: Value, _ height: Int, _ width: Int, alignCorners: Bool = false
  ) throws -> Value {
    if shape(x)[2] == height && shape(x)[3] == width { return x }
    return try graph.add(
      ResizeBilinear(height: height, width: width, alignCorners: alignCorners), x)
  }
}
