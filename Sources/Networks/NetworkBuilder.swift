import Graphs
import Tensors

/// Writes the named networks into a graph.
struct NetworkBuilder {
  /// What becomes of batch normalisation.
  enum Mode {
    /// Statistics of the batch.
    case training
    /// Running averages.
    case evaluation
    /// Left out: the convolution before it has a bias instead.
    case folded
  }

  var graph = Graph()
  let mode: Mode

  init(_ mode: Mode) { self.mode = mode }

  mutating func vggGAP(_ layout: NetworkSpec.VGGGAP, _ image: Value) throws {
    var x = image
    for (stage, widths) in layout.widths.enumerated() {
      for (index, width) in widths.enumerated() {
        x = try convolution(
          x, width, name: "stage\(stage).conv\(index)",
          norm: layout.batchNorm ? "stage\(stage).bn\(index)" : nil)
      }
      if stage == layout.widths.count - 1 { graph.tap("features", x) }
      if layout.pools.contains(stage) { x = try graph.add(MaxPool2d(), x) }
    }
    let pooled = try graph.globalMean(x)
    let channels = graph.shape(of: pooled)[1]
    let weight = graph.parameter("head.weight", [layout.outputs, channels])
    let bias = graph.parameter("head.bias", [layout.outputs])
    graph.tap("logits", try graph.linear(pooled, weight: weight, bias: bias))
  }

  mutating func uNet(_ layout: NetworkSpec.UNet, _ image: Value) throws {
    var x = image
    var skips: [Value] = []
    for level in 0..<layout.depth {
      x = try pair(x, layout.width << level, "down\(level)")
      skips.append(x)
      x = try graph.add(MaxPool2d(), x)
    }
    x = try pair(x, layout.width << layout.depth, "bottom")
    for level in (0..<layout.depth).reversed() {
      let up = try graph.add(UpsampleNearest(), x)
      x = try graph.add(Concat(axis: 1), skips[level], up)
      x = try pair(x, layout.width << level, "up\(level)")
    }
    graph.tap("features", x)
    let weight = graph.parameter("head.weight", [layout.outputs, layout.width, 1, 1])
    let bias = graph.parameter("head.bias", [layout.outputs])
    graph.tap("logits", try graph.add(Conv2d(), x, weight, bias))
  }

  private mutating func pair(_ x: Value, _ width: Int, _ name: String) throws -> Value {
    let first = try convolution(x, width, name: name + ".conv0", norm: name + ".bn0")
    return try convolution(first, width, name: name + ".conv1", norm: name + ".bn1")
  }

  /// A padded 3 x 3 convolution, batch normalisation or a bias, and ReLU.
  private mutating func convolution(
    _ x: Value, _ width: Int, name: String, norm: String?
  ) throws -> Value {
    let weight = graph.parameter(name + ".weight", [width, graph.shape(of: x)[1], 3, 3])
    let conv = Conv2d(padding: 1)
    if let norm, mode != .folded {
      let y = try graph.add(conv, x, weight)
      let normalized = try graph.batchNorm(
        y, name: norm, training: mode == .training, epsilon: NetworkSpec.batchNormEpsilon)
      return try graph.add(Relu(), normalized)
    }
    let bias = graph.parameter(name + ".bias", [width])
    return try graph.add(Relu(), graph.add(conv, x, weight, bias))
  }
}
