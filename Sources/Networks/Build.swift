import Graphs
import Tensors

extension NetworkSpec {
  /// The network as a graph for a fixed batch and image size.
  ///
  /// Input "image" [N, C, H, W]. Taps: "features", the last convolution map after ReLU;
  /// "logits", [N, outputs] for "vgg-gap" and [N, outputs, H, W] for "unet"; in training also
  /// "bn.<name>.statistics" of each batch normalisation. The head of "vgg-gap" is the parameters
  /// "head.weight" [outputs, C] and "head.bias".
  /// Throws `ModelError`: `.specification` for a layout out of bounds, `.inputSize` for an image
  /// that the layout cannot take.
  package func build(
    batch: Int, inputSize: (height: Int, width: Int), training: Bool
  ) throws -> Graph {
    try build(batch: batch, inputSize: inputSize, mode: training ? .training : .evaluation)
  }

  func build(
    batch: Int, inputSize: (height: Int, width: Int), mode: NetworkBuilder.Mode
  ) throws -> Graph {
    try check()
    guard batch > 0, inputSize.height > 0, inputSize.width > 0 else {
      throw ModelError(.inputSize)
    }
    var builder = NetworkBuilder(mode)
    let image = builder.graph.input(
      "image", [batch, inChannels, inputSize.height, inputSize.width])
    do {
      switch self {
      case .vggGAP(let layout): try builder.vggGAP(layout, image)
      case .uNet(let layout): try builder.uNet(layout, image)
      }
    } catch is GraphError {
      throw ModelError(.inputSize)
    }
    return builder.graph
  }

  /// The parameters of the network with their shapes, in the order of the layers, running
  /// averages of batch normalisation included.
  package func parameterShapes() throws -> [(name: String, shape: Shape)] {
    let extent = smallestExtent
    let graph = try build(batch: 1, inputSize: (extent, extent), training: false)
    return graph.parameters.map { ($0.name, graph.shape(of: $0.value)) }
  }

  /// The number of trained scalars: running averages are not counted.
  package func parameterCount() throws -> Int {
    try parameterShapes().filter { !Self.isRunning($0.name) }.reduce(0) { $0 + $1.shape.count }
  }

  /// True for running averages, which no optimizer touches.
  package static func isRunning(_ name: String) -> Bool {
    name.hasSuffix(".running_mean") || name.hasSuffix(".running_var")
  }

  private var smallestExtent: Int {
    switch self {
    case .vggGAP(let layout): 1 << layout.pools.count
    case .uNet(let layout): 1 << layout.depth
    }
  }

  /// Layouts come from files: bounds keep a hostile one from asking for all memory.
  private func check() throws {
    let channels = 1...4096
    func require(_ condition: Bool) throws {
      guard condition else { throw ModelError(.specification) }
    }
    try require((1...64).contains(inChannels) && channels.contains(outputs))
    switch self {
    case .vggGAP(let layout):
      let all = layout.widths.joined()
      try require((1...8).contains(layout.widths.count) && (1...64).contains(all.count))
      try require(layout.widths.allSatisfy { !$0.isEmpty } && all.allSatisfy(channels.contains))
      try require(layout.pools.allSatisfy(layout.widths.indices.contains))
    case .uNet(let layout):
      try require((1...6).contains(layout.depth) && channels.contains(layout.width))
      try require(channels.contains(layout.width << layout.depth))
    }
  }
}

extension NetworkSpec.VGGGAP {
  /// The stages that a pooling follows.
  var pools: Set<Int> { Set(poolsAfter ?? Array(widths.indices.dropLast())) }
}
