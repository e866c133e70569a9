import Graphs

/// The U-Net of Ronneberger 2015 with padded convolutions: biases, no normalisation, transposed
/// convolutions on the way up.
///
/// Taps: "features", the map before the head; "logits" [N, outputs, H, W].
package struct ClassicUNet: NetworkLayout {
  package static let kind = "classic-unet"
  package var inChannels: Int
  /// Channels of each level; the extents of the image are multiples of 2 to the number of
  /// levels less one.
  package var widths: [Int]
  package var outputs: Int

  package init(
    inChannels: Int = 1, widths: [Int] = [64, 128, 256, 512, 1024], outputs: Int = 1
  ) {
    self.inChannels = inChannels
    self.widths = widths
    self.outputs = outputs
  }

  var smallestExtent: Int { 1 << (widths.count - 1) }

  package func scaled(by divisor: Int) -> ClassicUNet {
    ClassicUNet(
      inChannels: inChannels, widths: widths.map { $0.divided(by: divisor) }, outputs: outputs)
  }

  func check() throws {
    try checkEnds()
    try require(widths, count: 2...8)
  }

  func write(_ image: Value, into builder: inout NetworkBuilder) throws {
    builder.initial = .heNormalFanIn
    var x = image
    var skips: [Value] = []
    for (level, width) in widths.enumerated() {
      let name = "down\(level)"
      if level > 0 { x = try builder.graph.add(MaxPool2d(), x) }
      x = try builder.biased(x, width, name: name + ".conv0")
      x = try builder.biased(x, width, name: name + ".conv1")
      skips.append(x)
    }
    for level in (0..<widths.count - 1).reversed() {
      let name = "up\(level)"
      let up = try builder.doubled(x, widths[level], name: name + ".up")
      x = try builder.graph.add(Concat(axis: 1), skips[level], up)
      x = try builder.biased(x, widths[level], name: name + ".conv0")
      x = try builder.biased(x, widths[level], name: name + ".conv1")
    }
    builder.graph.tap("features", x)
    let logits = try builder.convolution(x, outputs, .one, name: "head", bias: true)
    builder.graph.tap("logits", logits)
  }
}
