import Graphs

/// Nodule activation maps (Feng 2017): VGG with a convolution and global mean on one to three of
/// its last blocks, the means side by side before one linear layer.
///
/// Taps: "nam.<block>" the map of each scale, deepest block first in the linear layer; "features",
/// that of the deepest; "logits".
package struct NAM: NetworkLayout {
  package static let kind = "nam"
  package var trunk: VGGTrunk
  /// Width of the convolution before each global mean.
  package var width: Int
  /// How many of the last blocks have one.
  package var scales: Int
  package var outputs: Int

  package init(
    _ trunk: VGGTrunk = VGGTrunk(blocks: VGGTrunk.vgg16Map), width: Int = 512, scales: Int = 1,
    outputs: Int = 2
  ) {
    self.trunk = trunk
    self.width = width
    self.scales = scales
    self.outputs = outputs
  }

  package var inChannels: Int { trunk.inChannels }
  var smallestExtent: Int { trunk.smallestExtent }

  package func scaled(by divisor: Int) -> NAM {
    NAM(
      trunk.scaled(by: divisor), width: width.divided(by: divisor), scales: scales,
      outputs: outputs)
  }

  func check() throws {
    try checkEnds()
    try trunk.check(by: self)
    try require(LayoutBounds.channels.contains(width))
    try require((1...trunk.blocks.count).contains(scales))
  }

  /// The maps [1, C, h, w] in a graph, in the order in which the linear layer reads them; none for other
  /// networks.
  package static func taps(of graph: Graph) -> [Value] {
    (1...LayoutBounds.stages.upperBound).reversed().compactMap { graph.taps["nam.\($0)"] }
  }

  func write(_ image: Value, into builder: inout NetworkBuilder) throws {
    let maps = try trunk.write(image, into: &builder).maps
    var means: [Value] = []
    for block in (maps.count - scales..<maps.count).reversed() {
      let name = "nam.\(block + 1)"
      let map = try builder.biased(maps[block], width, name: name)
      builder.graph.tap(name, map)
      if means.isEmpty { builder.graph.tap("features", map) }
      means.append(try builder.graph.globalMean(map))
    }
    let all = means.count == 1 ? means[0] : try builder.graph.add(Concat(axis: 1), means)
    builder.initial = .normal(0.01)
    builder.graph.tap("logits", try builder.linear(all, outputs, name: "classifier"))
  }
}
