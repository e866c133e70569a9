import Graphs

/// DeepLabv3+ (Chen 2018): the pyramid enlarged beside the map of the first stage.
///
/// Taps: those of the trunk; "features", the map before the head; "low.logits" at its size;
/// "logits" [N, outputs, H, W].
package struct DeepLabV3Plus: NetworkLayout {
  /// The two public forms, which differ in more than their convolutions.
  package enum Form: String, Sendable, Hashable, Codable {
    /// VainF/DeepLabV3Plus-Pytorch: full convolutions, interpolation by cell centres.
    case dense
    /// segmentation_models_pytorch: separable convolutions, one more after the pyramid,
    /// interpolation by corners ("align_corners true").
    case separable
  }

  package static let kind = "deeplabv3plus"
  package var trunk: ResNetTrunk
  package var form: Form
  package var width: Int
  /// Channels that the map of the first stage is reduced to.
  package var lowWidth: Int
  /// Dilations of the pyramid.
  package var rates: [Int]
  package var outputs: Int

  package init(
    _ trunk: ResNetTrunk, form: Form, width: Int = 256, lowWidth: Int = 48,
    rates: [Int] = [12, 24, 36], outputs: Int = 21
  ) {
    self.trunk = trunk
    self.form = form
    self.width = width
    self.lowWidth = lowWidth
    self.rates = rates
    self.outputs = outputs
  }

  package var inChannels: Int { trunk.inChannels }
  var smallestExtent: Int { trunk.smallestExtent }

  package func scaled(by divisor: Int) -> DeepLabV3Plus {
    var layout = self
    layout.trunk = trunk.scaled(by: divisor)
    layout.width = width.divided(by: divisor)
    layout.lowWidth = lowWidth.divided(by: divisor)
    return layout
  }

  func check() throws {
    try checkEnds()
    try trunk.check(by: self)
    try require([width, lowWidth], count: 2...2)
    try require(rates, count: 1...8, in: LayoutBounds.dilation)
  }

  func write(_ image: Value, into builder: inout NetworkBuilder) throws {
    switch form {
    case .dense: try dense(image, &builder)
    case .separable: try separable(image, &builder)
    }
  }

  private func dense(_ image: Value, _ builder: inout NetworkBuilder) throws {
    let maps = try trunk.write(image, into: &builder, prefix: "backbone.").stages
    builder.initial = .heNormalFanIn
    let low = try builder.normalized(
      maps[0], lowWidth, .one, name: "classifier.project.0", norm: "classifier.project.1")
    let pyramid = AtrousPyramid(width: width, rates: rates, isSeparable: false, dropRate: 0.1)
    let deep = try pyramid.write(
      maps[maps.count - 1], into: &builder, prefix: "classifier.aspp.")
    let size = builder.shape(low)
    let up = try builder.resized(deep, size[2], size[3])
    let both = try builder.graph.add(Concat(axis: 1), low, up)
    let x = try builder.normalized(
      both, width, name: "classifier.classifier.0", norm: "classifier.classifier.1")
    try head(x, image, name: "classifier.classifier.3", alignCorners: false, &builder)
  }

  private func separable(_ image: Value, _ builder: inout NetworkBuilder) throws {
    let maps = try trunk.write(image, into: &builder, prefix: "encoder.").stages
    builder.initial = .heUniform
    let pyramid = AtrousPyramid(width: width, rates: rates, isSeparable: true, dropRate: 0.5)
    var deep = try pyramid.write(
      maps[maps.count - 1], into: &builder, prefix: "decoder.aspp.0.")
    deep = try builder.separable(deep, width, name: "decoder.aspp.1", norm: "decoder.aspp.2")
    let low = try builder.normalized(
      maps[0], lowWidth, .one, name: "decoder.block1.0", norm: "decoder.block1.1")
    let size = builder.shape(low)
    let up = try builder.resized(deep, size[2], size[3], alignCorners: true)
    let both = try builder.graph.add(Concat(axis: 1), up, low)
    let x = try builder.separable(
      both, width, name: "decoder.block2.0", norm: "decoder.block2.1")
    builder.initial = .xavierUniform
    try head(x, image, name: "segmentation_head.0", alignCorners: true, &builder)
  }

  private func head(
    _ x: Value, _ image: Value, name: String, alignCorners: Bool,
    _ builder: inout NetworkBuilder
  ) throws {
    builder.graph.tap("features", x)
    let low = try builder.convolution(x, outputs, .one, name: name, bias: true)
    builder.graph.tap("low.logits", low)
    let size = builder.shape(image)
    let logits = try builder.resized(low, size[2], size[3], alignCorners: alignCorners)
    builder.graph.tap("logits", logits)
  }
}
