import Graphs

/// A U-Net decoder on a residual trunk, as in segmentation_models_pytorch: nearest doubling,
/// the encoder's map beside it, two normalised convolutions.
///
/// Taps: those of the trunk; "features", the map before the head; "logits" [N, outputs, H, W].
package struct EncoderUNet: NetworkLayout {
  package static let kind = "encoder-unet"
  package var encoder: ResNetTrunk
  /// Channels of each step up: one more than the encoder has stages.
  package var decoder: [Int]
  package var outputs: Int

  package init(
    _ encoder: ResNetTrunk, decoder: [Int] = [256, 128, 64, 32, 16], outputs: Int = 1
  ) {
    self.encoder = encoder
    self.decoder = decoder
    self.outputs = outputs
  }

  package var inChannels: Int { encoder.inChannels }
  var smallestExtent: Int { encoder.smallestExtent }

  package func scaled(by divisor: Int) -> EncoderUNet {
    EncoderUNet(
      encoder.scaled(by: divisor), decoder: decoder.map { $0.divided(by: divisor) },
      outputs: outputs)
  }

  func check() throws {
    try checkEnds()
    try encoder.check(by: self)
    try require(decoder, count: encoder.stages.count + 1...encoder.stages.count + 1)
  }

  func write(_ image: Value, into builder: inout NetworkBuilder) throws {
    let maps = try encoder.write(image, into: &builder, prefix: "encoder.")
    let skips = ([maps.stem] + maps.stages.dropLast()).reversed().map(Optional.some) + [nil]
    builder.initial = .heUniform
    var x = maps.stages[maps.stages.count - 1]
    for (index, (width, skip)) in zip(decoder, skips).enumerated() {
      let name = "decoder.blocks.\(index)"
      x = try builder.graph.add(UpsampleNearest(), x)
      if let skip { x = try builder.graph.add(Concat(axis: 1), x, skip) }
      for conv in ["conv1", "conv2"] {
        x = try builder.normalized(
          x, width, name: "\(name).\(conv).0", norm: "\(name).\(conv).1")
      }
    }
    builder.graph.tap("features", x)
    builder.initial = .xavierUniform
    let logits = try builder.convolution(x, outputs, name: "segmentation_head.0", bias: true)
    builder.graph.tap("logits", logits)
  }
}
