import Graphs

/// The tile network of Ciga and Martel 2021: one map of logits that masks train directly and
/// labels of whole tiles through a small layer on top.
///
/// Taps: those of the trunk; "features", the map before the head; "low.logits", the logits before
/// the last enlargement; "logits" [N, outputs, H, W]; "tile.logits" [N, outputs].
package struct Ciga: NetworkLayout {
  package enum Form: String, Sendable, Hashable, Codable {
    /// The authors' code: a convolution on the trunk, doubled bilinearly, then nearest.
    case code
    /// The paper, whose details are ours: a step up per stage with a normalised convolution, the
    /// last by unpooling with the indices of the stem's pooling, then nearest.
    case unpooling
  }

  /// How a tile gets its logits from "low.logits".
  package enum TileHead: String, Sendable, Hashable, Codable {
    /// The largest of each class; nothing to learn.
    case maximum
    /// 8 x 8 maxima and two linear layers.
    case perceptron
  }

  package static let kind = "ciga"
  package var trunk: ResNetTrunk
  package var form: Form
  package var tileHead: TileHead
  /// Channels of the convolution of the head of `.code`.
  package var width: Int
  package var outputs: Int

  package init(
    _ trunk: ResNetTrunk = ResNetTrunk.resNet18.prefix(3), form: Form = .code,
    tileHead: TileHead = .maximum, width: Int = 64, outputs: Int = 4
  ) {
    self.trunk = trunk
    self.form = form
    self.tileHead = tileHead
    self.width = width
    self.outputs = outputs
  }

  package var inChannels: Int { trunk.inChannels }
  var smallestExtent: Int { trunk.smallestExtent }

  package func scaled(by divisor: Int) -> Ciga {
    var layout = self
    layout.trunk = trunk.scaled(by: divisor)
    layout.width = width.divided(by: divisor)
    return layout
  }

  func check() throws {
    try checkEnds()
    try trunk.check(by: self)
    try require(LayoutBounds.channels.contains(width) && outputs <= 64)
    if form == .unpooling {
      // Each channel goes back where it came from.
      try require(trunk.block == .basic && trunk.stages.count > 1)
      try require(trunk.stages[0].width == trunk.stemWidth)
    }
  }

  func write(_ image: Value, into builder: inout NetworkBuilder) throws {
    let maps = try trunk.write(image, into: &builder, prefix: "encoder.")
    let x = try form == .code ? enlarged(maps, &builder) : unpooled(maps, &builder)
    builder.graph.tap("features", x)
    let low = try builder.convolution(x, outputs, .one, name: "decoder.conv_last", bias: true)
    builder.graph.tap("low.logits", low)
    let size = builder.shape(image)
    let logits = try builder.graph.add(ResizeNearest(height: size[2], width: size[3]), low)
    builder.graph.tap("logits", logits)
    builder.graph.tap("tile.logits", try tileLogits(low, &builder))
  }

  private func enlarged(
    _ maps: ResNetTrunk.Maps, _ builder: inout NetworkBuilder
  ) throws -> Value {
    let x = try builder.normalized(
      maps.stages[maps.stages.count - 1], width, name: "decoder.conv1", norm: "decoder.bn1")
    let form = builder.shape(x)
    return try builder.resized(x, 2 * form[2], 2 * form[3], alignCorners: true)
  }

  private func unpooled(
    _ maps: ResNetTrunk.Maps, _ builder: inout NetworkBuilder
  ) throws -> Value {
    let widths = trunk.stages.dropLast().map(\.width)
    var x = maps.stages[maps.stages.count - 1]
    for (index, width) in widths.reversed().enumerated() {
      x = try builder.graph.add(UpsampleNearest(), x)
      x = try builder.normalized(
        x, width, name: "decoder.conv\(index + 1)", norm: "decoder.bn\(index + 1)")
    }
    let indices = try builder.graph.add(
      MaxPool2dIndices(kernel: 3, stride: 2, padding: 1), maps.stem)
    let size = builder.shape(maps.stem)
    x = try builder.graph.add(MaxUnpool2d(height: size[2], width: size[3]), x, indices)
    let last = widths.count + 1
    return try builder.normalized(
      x, trunk.stemWidth, name: "decoder.conv\(last)", norm: "decoder.bn\(last)")
  }

  private func tileLogits(_ low: Value, _ builder: inout NetworkBuilder) throws -> Value {
    let batch = builder.shape(low)[0]
    let grid = tileHead == .maximum ? 1 : 8
    let maxima = try builder.graph.add(AdaptiveMaxPool2d(height: grid, width: grid), low)
    let count = outputs * grid * grid
    let flat = try builder.graph.add(Reshape([batch, count]), maxima)
    if tileHead == .maximum { return flat }
    builder.initial = .standard
    let hidden = try builder.relu(builder.linear(flat, count / 4, name: "classifier.0"))
    return try builder.linear(hidden, outputs, name: "classifier.2")
  }
}
