import Graphs

/// The convolutions of VGG (Simonyan, Zisserman 2015), named as torchvision's "features.N".
package struct VGGTrunk: Sendable, Hashable, Codable {
  /// What follows a block.
  package enum Pool: String, Sendable, Hashable, Codable {
    /// 2 x 2 maximum of stride 2.
    case half
    /// 3 x 3 maximum of stride 1: the size stays.
    case keep
    case none
  }

  /// 3 x 3 convolutions with a bias and ReLU, and a pooling.
  package struct Block: Sendable, Hashable, Codable {
    package var widths: [Int]
    package var dilation: Int
    package var pool: Pool

    package init(_ widths: [Int], dilation: Int = 1, pool: Pool = .half) {
      self.widths = widths
      self.dilation = dilation
      self.pool = pool
    }
  }

  package var inChannels: Int
  package var blocks: [Block]
  package var batchNorm: Bool

  package init(inChannels: Int = 3, blocks: [Block] = Self.vgg16, batchNorm: Bool = false) {
    self.inChannels = inChannels
    self.blocks = blocks
    self.batchNorm = batchNorm
  }

  /// 13 convolutions, output stride 32 after the last pooling.
  package static let vgg16 = [
    Block([64, 64]), Block([128, 128]), Block([256, 256, 256]), Block([512, 512, 512]),
    Block([512, 512, 512]),
  ]
  /// The same without the last pooling: the map relu5_3 at stride 16.
  package static let vgg16Map = Array(vgg16.dropLast()) + [Block([512, 512, 512], pool: .none)]
  /// Output stride 8, the last block dilated (Viniavskyi 2020).
  package static let vgg16D1 =
    Array(vgg16.prefix(3)) + [
      Block([512, 512, 512], pool: .keep), Block([512, 512, 512], dilation: 2, pool: .none),
    ]

  /// The same with every width divided.
  package func scaled(by divisor: Int) -> VGGTrunk {
    var trunk = self
    for index in trunk.blocks.indices {
      trunk.blocks[index].widths = trunk.blocks[index].widths.map { $0.divided(by: divisor) }
    }
    return trunk
  }

  var smallestExtent: Int { 1 << blocks.count(where: { $0.pool == .half }) }

  func check(by layout: some NetworkLayout) throws {
    try layout.require(LayoutBounds.stages.contains(blocks.count))
    try layout.require(blocks.flatMap(\.widths), count: LayoutBounds.depth)
    try layout.require(blocks.allSatisfy { LayoutBounds.dilation.contains($0.dilation) })
    try layout.require(blocks.allSatisfy { !$0.widths.isEmpty })
  }

  /// The last map of each block before its pooling, and the output after the last pooling.
  func write(
    _ image: Value, into builder: inout NetworkBuilder, prefix: String = ""
  ) throws -> (maps: [Value], output: Value) {
    builder.initial = .heNormalFanOut
    var x = image
    var maps: [Value] = []
    var index = 0
    for block in blocks {
      for width in block.widths {
        let form = ConvolutionForm(dilation: block.dilation)
        x = try builder.relu(
          builder.convolution(
            x, width, form, name: "\(prefix)features.\(index)", bias: true,
            norm: batchNorm ? "\(prefix)features.\(index + 1)" : nil))
        index += batchNorm ? 3 : 2
      }
      if maps.count >= blocks.count - 2 { x = try builder.dropBlock(x) }
      maps.append(x)
      switch block.pool {
      case .half: x = try builder.graph.add(MaxPool2d(), x)
      case .keep: x = try builder.graph.add(MaxPool2d(kernel: 3, stride: 1, padding: 1), x)
      case .none: continue
      }
      index += 1
    }
    return (maps, x)
  }
}

/// A classifier on VGG's convolutions.
///
/// Taps: "features", the last map, "block1" ... the last map of each block, and "logits" unless
/// the head is `.none`.
package struct VGG: NetworkLayout {
  package enum Head: String, Sendable, Hashable, Codable {
    case none
    /// Global mean and one linear layer.
    case mean
    /// A grid of 7 x 7 means and three linear layers, as published.
    case perceptron
  }

  package static let kind = "vgg"
  package var trunk: VGGTrunk
  /// Widths of convolutions between trunk and head.
  package var extra: [Int]
  package var head: Head
  /// Width of the two hidden layers of the perceptron.
  package var hidden: Int
  package var outputs: Int

  package init(
    _ trunk: VGGTrunk = VGGTrunk(), extra: [Int] = [], head: Head = .perceptron,
    hidden: Int = 4096, outputs: Int = 1000
  ) {
    self.trunk = trunk
    self.extra = extra
    self.head = head
    self.hidden = hidden
    self.outputs = outputs
  }

  package var inChannels: Int { trunk.inChannels }
  var smallestExtent: Int { trunk.smallestExtent }

  package func scaled(by divisor: Int) -> VGG {
    VGG(
      trunk.scaled(by: divisor), extra: extra.map { $0.divided(by: divisor) }, head: head,
      hidden: hidden.divided(by: divisor), outputs: outputs)
  }

  func check() throws {
    try require(LayoutBounds.inChannels.contains(inChannels))
    try require(head == .none ? outputs == 0 : LayoutBounds.channels.contains(outputs))
    try require([hidden] + extra, count: 1...8)
    try trunk.check(by: self)
  }

  func write(_ image: Value, into builder: inout NetworkBuilder) throws {
    let (maps, output) = try trunk.write(image, into: &builder)
    for (index, map) in maps.enumerated() { builder.graph.tap("block\(index + 1)", map) }
    let x = try builder.extraConvolutions(output, extra)
    builder.graph.tap("features", extra.isEmpty ? maps[maps.count - 1] : x)
    builder.initial = .normal(0.01)
    switch head {
    case .none: return
    case .mean:
      let mean = try builder.graph.globalMean(x)
      builder.graph.tap("logits", try builder.linear(mean, outputs, name: "classifier"))
    case .perceptron:
      let grid = try builder.graph.add(AdaptiveAveragePool2d(height: 7, width: 7), x)
      let form = builder.shape(grid)
      var y = try builder.graph.add(Reshape([form[0], form.count / form[0]]), grid)
      for name in ["classifier.0", "classifier.3"] {
        y = try builder.relu(builder.linear(y, hidden, name: name))
        y = try builder.dropout(y, rate: 0.5)
      }
      builder.graph.tap("logits", try builder.linear(y, outputs, name: "classifier.6"))
    }
  }
}
