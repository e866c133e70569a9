import Graphs

/// The two-headed U-Net of Yang 2021: an image in -1...1 becomes a normal part and a lesion part
/// that add up to it.
///
/// Convolutions with a bias and ReLU, no normalisation; a learned convolution of stride 2 on the
/// way down. Taps: "normal" and "lesion" [N, C, H, W] in -1...1; "features", the deepest map;
/// "logits", which here is "lesion" again.
package struct Decomposition: NetworkLayout {
  package static let kind = "decomposition"
  package var inChannels: Int
  /// Channels of each level; the extents of the image are multiples of 2 to the number of
  /// levels less one.
  package var widths: [Int]
  /// True for one decoder with two heads, as in the authors' code; the paper has two decoders.
  package var isShared: Bool

  package init(
    inChannels: Int = 1, widths: [Int] = [64, 128, 256, 512, 1024], isShared: Bool = false
  ) {
    self.inChannels = inChannels
    self.widths = widths
    self.isShared = isShared
  }

  /// The channels of each part.
  package var outputs: Int { inChannels }
  var smallestExtent: Int { 1 << (widths.count - 1) }

  package func scaled(by divisor: Int) -> Decomposition {
    Decomposition(
      inChannels: inChannels, widths: widths.map { $0.divided(by: divisor) },
      isShared: isShared)
  }

  func check() throws {
    try checkEnds()
    try require(widths, count: 2...8)
  }

  func write(_ image: Value, into builder: inout NetworkBuilder) throws {
    builder.initial = .standard
    var x = image
    var skips: [Value] = []
    for (level, width) in widths.enumerated() {
      let name = "down_convs.\(level)"
      x = try builder.biased(x, width, name: name + ".conv1")
      x = try builder.biased(x, width, name: name + ".conv2")
      skips.append(x)
      if level < widths.count - 1 {
        x = try builder.convolution(
          x, width, .init(stride: 2), name: name + ".pool", bias: true)
      }
    }
    builder.graph.tap("features", x)
    if isShared {
      let up = try decoded(skips, "up_convs", &builder)
      try head(up, "normal", &builder)
      try head(up, "lesion", &builder)
    } else {
      for part in ["normal", "lesion"] {
        try head(decoded(skips, "up_convs_" + part, &builder), part, &builder)
      }
    }
    builder.graph.tap("logits", builder.graph.taps["lesion"] ?? image)
  }

  private func decoded(
    _ skips: [Value], _ prefix: String, _ builder: inout NetworkBuilder
  ) throws -> Value {
    var x = skips[skips.count - 1]
    for level in (0..<widths.count - 1).reversed() {
      let name = "\(prefix).\(widths.count - 2 - level)"
      let up = try builder.doubled(x, widths[level], name: name + ".upconv")
      x = try builder.graph.add(Concat(axis: 1), up, skips[level])
      x = try builder.biased(x, widths[level], name: name + ".conv1")
      x = try builder.biased(x, widths[level], name: name + ".conv2")
    }
    return x
  }

  private func head(
    _ x: Value, _ part: String, _ builder: inout NetworkBuilder
  ) throws {
    let y = try builder.convolution(
      x, inChannels, .one, name: "conv_final_" + part, bias: true)
    builder.graph.tap(part, try builder.graph.add(Tanh(), y))
  }
}
