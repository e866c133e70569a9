import Graphs

/// The tile network of Ciga and Martel 2021, as in their code: a residual trunk to its third
/// stage, a convolution, and logits enlarged in two steps.
///
/// Taps: those of the trunk; "features", the enlarged map before the head; "low.logits", which
/// the losses of whole tiles pool; "logits" [N, outputs, H, W].
package struct Ciga: NetworkLayout {
  package static let kind = "ciga"
  package var trunk: ResNetTrunk
  /// Channels of the convolution of the head.
  package var width: Int
  package var outputs: Int

  package init(
    _ trunk: ResNetTrunk = ResNetTrunk.resNet18.prefix(3), width: Int = 64, outputs: Int = 4
  ) {
    self.trunk = trunk
    self.width = width
    self.outputs = outputs
  }

  package var inChannels: Int { trunk.inChannels }
  var smallestExtent: Int { trunk.smallestExtent }

  package func scaled(by divisor: Int) -> Ciga {
    Ciga(trunk.scaled(by: divisor), width: width.divided(by: divisor), outputs: outputs)
  }

  func check() throws {
    try checkEnds()
    try trunk.check(by: self)
    try require(LayoutBounds.channels.contains(width))
  }

  func write(_ image: Value, into builder: inout NetworkBuilder) throws {
    let maps = try trunk.write(image, into: &builder, prefix: "encoder.").stages
    let x = try builder.normalized(
      maps[maps.count - 1], width, name: "decoder.conv1", norm: "decoder.bn1")
    let form = builder.shape(x)
    let up = try builder.resized(x, 2 * form[2], 2 * form[3], alignCorners: true)
    builder.graph.tap("features", up)
    let low = try builder.convolution(up, outputs, .one, name: "decoder.conv_last", bias: true)
    builder.graph.tap("low.logits", low)
    let size = builder.shape(image)
    let logits = try builder.graph.add(ResizeNearest(height: size[2], width: size[3]), low)
    builder.graph.tap("logits", logits)
  }
}
