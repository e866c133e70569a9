import Graphs

/// The convolutions of a residual network (He 2016; squeeze and excitation: Hu 2018), named as
/// torchvision's, with squeeze and excitation as in Cadene's collection.
package struct ResNetTrunk: Sendable, Hashable, Codable {
  package enum Block: String, Sendable, Hashable, Codable {
    /// Two 3 x 3 convolutions.
    case basic
    /// 1 x 1, 3 x 3, and 1 x 1 to four times the width.
    case bottleneck
    /// A bottleneck twice as wide inside, the 3 x 3 in groups, then squeeze and excitation.
    case squeeze = "se-resnext"

    /// Channels out per width of the stage.
    var expansion: Int { self == .basic ? 1 : 4 }
  }

  /// Blocks in a row at one size.
  package struct Stage: Sendable, Hashable, Codable {
    package var depth: Int
    package var width: Int
    /// Of the first block.
    package var stride: Int
    /// Of the 3 x 3 convolutions from the second block on.
    package var dilation: Int
    /// Of the 3 x 3 convolutions of the first block.
    package var firstDilation: Int

    package init(
      _ depth: Int, _ width: Int, stride: Int = 2, dilation: Int = 1, firstDilation: Int = 1
    ) {
      self.depth = depth
      self.width = width
      self.stride = stride
      self.dilation = dilation
      self.firstDilation = firstDilation
    }
  }

  /// What the trunk computes.
  struct Maps {
    /// Before the pooling.
    var stem: Value
    var pooled: Value
    /// The output of each stage.
    var stages: [Value]
  }

  package var inChannels: Int
  package var block: Block
  package var stemWidth: Int
  /// Extent of the first convolution: 7, or 3 for small images.
  package var stemKernel: Int
  /// Groups of the 3 x 3 convolutions of `.squeeze`.
  package var groups: Int
  package var stages: [Stage]

  package init(
    inChannels: Int = 3, block: Block, stemWidth: Int = 64, stemKernel: Int = 7,
    groups: Int = 1, stages: [Stage]
  ) {
    self.inChannels = inChannels
    self.block = block
    self.stemWidth = stemWidth
    self.stemKernel = stemKernel
    self.groups = groups
    self.stages = stages
  }

  /// The same with every width divided.
  package func scaled(by divisor: Int) -> ResNetTrunk {
    var trunk = self
    trunk.stemWidth = stemWidth.divided(by: divisor)
    trunk.groups = groups.divided(by: divisor)
    for index in stages.indices {
      trunk.stages[index].width = stages[index].width.divided(by: divisor)
    }
    return trunk
  }

  var smallestExtent: Int { stages.reduce(4) { $0 * $1.stride } }

  func check(by layout: some NetworkLayout) throws {
    try layout.require(LayoutBounds.stages.contains(stages.count))
    try layout.require(stages.map(\.depth), count: LayoutBounds.stages, in: LayoutBounds.depth)
    try layout.require([stemWidth] + stages.map(\.width), count: 2...9, in: 1...1024)
    try layout.require(stages.map(\.stride), count: LayoutBounds.stages, in: 1...2)
    let dilations = stages.flatMap { [$0.dilation, $0.firstDilation] }
    try layout.require(dilations, count: 2...16, in: LayoutBounds.dilation)
    try layout.require([3, 5, 7].contains(stemKernel) && (1...1024).contains(groups))
    try layout.require(block == .squeeze || groups == 1)
    try layout.require(stages.allSatisfy { 2 * $0.width % groups == 0 })
  }

  /// Adds the layers; taps "stem" and "layer1", "layer2", ...
  func write(
    _ image: Value, into builder: inout NetworkBuilder, prefix: String
  ) throws -> Maps {
    // Cadene's collection keeps PyTorch's own rule.
    builder.initial = block == .squeeze ? .standard : .heNormalFanOut
    let stemName = prefix + (block == .squeeze ? "layer0." : "")
    let form = ConvolutionForm(kernel: stemKernel, stride: 2)
    let stem = try builder.normalized(
      image, stemWidth, form, name: stemName + "conv1", norm: stemName + "bn1")
    builder.graph.tap("stem", stem)
    let pool =
      block == .squeeze
      ? MaxPool2d(kernel: 3, stride: 2, padding: 0, ceilMode: true)
      : MaxPool2d(kernel: 3, stride: 2, padding: 1)
    let pooled = try builder.graph.add(pool, stem)
    var maps = Maps(stem: stem, pooled: pooled, stages: [])
    var x = pooled
    for (index, stage) in stages.enumerated() {
      for depth in 0..<stage.depth {
        let name = "\(prefix)layer\(index + 1).\(depth)"
        x = try residual(x, stage, isFirst: depth == 0, name, &builder)
      }
      if index >= stages.count - 2 { x = try builder.dropBlock(x) }
      maps.stages.append(x)
      builder.graph.tap("layer\(index + 1)", x)
    }
    return maps
  }

  private func residual(
    _ x: Value, _ stage: Stage, isFirst: Bool, _ name: String,
    _ builder: inout NetworkBuilder
  ) throws -> Value {
    let stride = isFirst ? stage.stride : 1
    let dilation = isFirst ? stage.firstDilation : stage.dilation
    let form = ConvolutionForm(stride: stride, dilation: dilation)
    var y =
      block == .basic
      ? try basic(x, stage.width, form, name, &builder)
      : try bottleneck(x, stage.width, form, name, &builder)
    if block == .squeeze {
      y = try builder.squeezed(y, reduction: 16, name: name + ".se_module")
    }
    var shortcut = x
    if isFirst && (stride != 1 || builder.channels(x) != builder.channels(y)) {
      shortcut = try builder.convolution(
        x, builder.channels(y), ConvolutionForm(kernel: 1, stride: stride),
        name: name + ".downsample.0", norm: name + ".downsample.1")
    }
    return try builder.relu(builder.graph.add(Add(), y, shortcut))
  }

  private func basic(
    _ x: Value, _ width: Int, _ form: ConvolutionForm, _ name: String,
    _ builder: inout NetworkBuilder
  ) throws -> Value {
    let first = try builder.normalized(x, width, form, name: name + ".conv1", norm: name + ".bn1")
    return try builder.convolution(
      first, width, .init(dilation: form.dilation), name: name + ".conv2", norm: name + ".bn2")
  }

  private func bottleneck(
    _ x: Value, _ width: Int, _ form: ConvolutionForm, _ name: String,
    _ builder: inout NetworkBuilder
  ) throws -> Value {
    let inner = block == .squeeze ? 2 * width : width
    var form = form
    form.groups = groups
    var y = try builder.normalized(x, inner, .one, name: name + ".conv1", norm: name + ".bn1")
    y = try builder.normalized(y, inner, form, name: name + ".conv2", norm: name + ".bn2")
    return try builder.convolution(
      y, block.expansion * width, .one, name: name + ".conv3", norm: name + ".bn3")
  }
}
