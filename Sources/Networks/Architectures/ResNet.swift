import Graphs

/// A classifier on a residual trunk: optional 3 x 3 convolutions, global mean, one linear layer.
///
/// Taps: those of the trunk, "features", the last map, and "logits".
package struct ResNet: NetworkLayout {
  package static let kind = "resnet"
  package var trunk: ResNetTrunk
  /// Widths of convolutions between trunk and head.
  package var extra: [Int]
  package var outputs: Int

  package init(_ trunk: ResNetTrunk, extra: [Int] = [], outputs: Int = 1000) {
    self.trunk = trunk
    self.extra = extra
    self.outputs = outputs
  }

  package var inChannels: Int { trunk.inChannels }
  var smallestExtent: Int { trunk.smallestExtent }

  package func scaled(by divisor: Int) -> ResNet {
    ResNet(
      trunk.scaled(by: divisor), extra: extra.map { $0.divided(by: divisor) }, outputs: outputs)
  }

  func check() throws {
    try checkEnds()
    try trunk.check(by: self)
    try require(extra, count: 0...8)
  }

  func write(_ image: Value, into builder: inout NetworkBuilder) throws {
    let maps = try trunk.write(image, into: &builder, prefix: "").stages
    let x = try builder.extraConvolutions(maps[maps.count - 1], extra)
    builder.graph.tap("features", x)
    builder.initial = extra.isEmpty ? .standard : .normal(0.01)
    let mean = try builder.graph.globalMean(x)
    let name = trunk.block == .squeeze ? "last_linear" : "fc"
    builder.graph.tap("logits", try builder.linear(mean, outputs, name: name))
  }
}
