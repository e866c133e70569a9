import Graphs

/// DenseNet with bottlenecks (Huang 2017), named as torchvision's.
///
/// Taps: "features", the last map after normalisation and ReLU; "norm", the same before ReLU; "block1", "block2", ...;
/// "logits".
package struct DenseNet: NetworkLayout {
  package static let kind = "densenet"
  package var inChannels: Int
  package var stemWidth: Int
  /// Channels that each layer adds.
  package var growth: Int
  /// Layers of each block.
  package var blocks: [Int]
  /// Width of the 1 x 1 convolution of a layer, in growths.
  package var bottleneck: Int
  package var outputs: Int

  /// DenseNet-121 unless said otherwise.
  package init(
    inChannels: Int = 3, stemWidth: Int = 64, growth: Int = 32, blocks: [Int] = [6, 12, 24, 16],
    bottleneck: Int = 4, outputs: Int = 1000
  ) {
    self.inChannels = inChannels
    self.stemWidth = stemWidth
    self.growth = growth
    self.blocks = blocks
    self.bottleneck = bottleneck
    self.outputs = outputs
  }

  var smallestExtent: Int { 2 << blocks.count }

  package func scaled(by divisor: Int) -> DenseNet {
    var layout = self
    layout.stemWidth = stemWidth.divided(by: divisor)
    layout.growth = growth.divided(by: divisor)
    return layout
  }

  func check() throws {
    try checkEnds()
    try require(LayoutBounds.stages.contains(blocks.count))
    try require(blocks, count: LayoutBounds.stages, in: LayoutBounds.depth)
    try require((2...1024).contains(stemWidth) && (1...256).contains(growth))
    try require((1...16).contains(bottleneck))
    // Halving at a transition leaves at least one channel.
    try require(blocks.allSatisfy { LayoutBounds.channels.contains(stemWidth + $0 * growth) })
  }

  func write(_ image: Value, into builder: inout NetworkBuilder) throws {
    builder.initial = .heNormalFanIn
    var x = try builder.normalized(
      image, stemWidth, .init(kernel: 7, stride: 2), name: "features.conv0",
      norm: "features.norm0")
    x = try builder.graph.add(MaxPool2d(kernel: 3, stride: 2, padding: 1), x)
    for (index, depth) in blocks.enumerated() {
      for layer in 1...depth {
        let name = "features.denseblock\(index + 1).denselayer\(layer)"
        let fresh = try grown(x, name, &builder)
        x = try builder.graph.add(Concat(axis: 1), x, fresh)
      }
      builder.graph.tap("block\(index + 1)", x)
      if index < blocks.count - 1 {
        let name = "features.transition\(index + 1)"
        let active = try builder.relu(builder.batchNorm(x, name + ".norm"))
        let half = try builder.convolution(
          active, builder.channels(x) / 2, .one, name: name + ".conv")
        x = try builder.graph.add(AveragePool2d(), half)
      }
    }
    let last = "features.norm\(blocks.count + 1)"
    let norm = try builder.batchNorm(x, last)
    builder.graph.tap("norm", norm)
    let features = try builder.relu(norm)
    builder.graph.tap("features", features)
    // torchvision: PyTorch's own rule for the weight, but a bias of 0.
    builder.initial = .standardWithoutBias
    let mean = try builder.graph.globalMean(features)
    builder.graph.tap("logits", try builder.linear(mean, outputs, name: "classifier"))
  }

  private func grown(
    _ x: Value, _ name: String, _ builder: inout NetworkBuilder
  ) throws -> Value {
    let active = try builder.relu(builder.batchNorm(x, name + ".norm1"))
    let narrow = try builder.normalized(
      active, bottleneck * growth, .one, name: name + ".conv1", norm: name + ".norm2")
    return try builder.convolution(narrow, growth, name: name + ".conv2")
  }
}
