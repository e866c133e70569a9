import Graphs

/// DeepLabv3 (Chen 2017) as in torchvision, without the auxiliary head.
///
/// Taps: those of the trunk; "features", the map before the head; "low.logits" at its size;
/// "logits" [N, outputs, H, W].
package struct DeepLabV3: NetworkLayout {
  package static let kind = "deeplabv3"
  package var trunk: ResNetTrunk
  package var width: Int
  /// Dilations of the pyramid.
  package var rates: [Int]
  package var outputs: Int

  package init(
    _ trunk: ResNetTrunk = ResNetTrunk.resNet50.dilatedToStride8, width: Int = 256,
    rates: [Int] = [12, 24, 36], outputs: Int = 21
  ) {
    self.trunk = trunk
    self.width = width
    self.rates = rates
    self.outputs = outputs
  }

  package var inChannels: Int { trunk.inChannels }
  var smallestExtent: Int { trunk.smallestExtent }

  package func scaled(by divisor: Int) -> DeepLabV3 {
    DeepLabV3(
      trunk.scaled(by: divisor), width: width.divided(by: divisor), rates: rates,
      outputs: outputs)
  }

  func check() throws {
    try checkEnds()
    try trunk.check(by: self)
    try require(LayoutBounds.channels.contains(width))
    try require(rates, count: 1...8, in: LayoutBounds.dilation)
  }

  func write(_ image: Value, into builder: inout NetworkBuilder) throws {
    let maps = try trunk.write(image, into: &builder, prefix: "backbone.").stages
    builder.initial = .standard
    let pyramid = AtrousPyramid(width: width, rates: rates, isSeparable: false, dropRate: 0.5)
    var x = try pyramid.write(
      maps[maps.count - 1], into: &builder, prefix: "classifier.0.")
    x = try builder.normalized(x, width, name: "classifier.1", norm: "classifier.2")
    builder.graph.tap("features", x)
    let low = try builder.convolution(x, outputs, .one, name: "classifier.4", bias: true)
    builder.graph.tap("low.logits", low)
    let size = builder.shape(image)
    builder.graph.tap("logits", try builder.resized(low, size[2], size[3]))
  }
}
