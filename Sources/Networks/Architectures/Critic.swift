import Graphs

/// The critic of Yang 2021: 3 x 3 convolutions and leaky ReLU, the global means of some of them
/// side by side before one linear layer.
///
/// Taps: "features", the last map; "logits" [N, 1], the score.
package struct Critic: NetworkLayout {
  package static let kind = "critic"
  package var inChannels: Int
  /// Channels of each block.
  package var widths: [Int]
  /// The first so many blocks have stride 2, the others 1.
  package var downs: Int
  /// The blocks whose global means are read, counted from 0.
  package var scales: [Int]
  /// As in the authors' code; it mixes the images of a batch, which a gradient penalty per image
  /// does not allow for.
  package var batchNorm: Bool
  /// Whether weights begin as PyTorch's own, uniform by fan in, so that the first scores already
  /// move with the picture; nil: no, normal of deviation .02 as in the authors' code.
  package var beginsWide: Bool?

  package init(
    inChannels: Int = 1, widths: [Int] = [64, 128, 256, 512, 512, 512, 512], downs: Int = 4,
    scales: [Int] = [0, 3, 6], batchNorm: Bool = true
  ) {
    self.inChannels = inChannels
    self.widths = widths
    self.downs = downs
    self.scales = scales
    self.batchNorm = batchNorm
  }

  package var outputs: Int { 1 }
  var smallestExtent: Int { 1 << downs }

  package func scaled(by divisor: Int) -> Critic {
    var layout = self
    layout.widths = widths.map { $0.divided(by: divisor) }
    return layout
  }

  func check() throws {
    try checkEnds()
    try require(widths, count: 1...16)
    try require((0...8).contains(downs))
    try require(scales, count: 1...16, in: 0...widths.count - 1)
  }

  func write(_ image: Value, into builder: inout NetworkBuilder) throws {
    builder.initial = beginsWide == true ? .standard : .normal(0.02)
    var x = image
    var means: [Value] = []
    for (index, width) in widths.enumerated() {
      let name = "blocks.\(index)"
      let form = ConvolutionForm(stride: index < downs ? 2 : 1)
      let y = try builder.convolution(
        x, width, form, name: name + ".conv", bias: true,
        norm: batchNorm ? name + ".bn" : nil)
      x = try builder.graph.add(LeakyRelu(0.2), y)
      if scales.contains(index) { means.append(try builder.graph.globalMean(x)) }
    }
    builder.graph.tap("features", x)
    let all = means.count == 1 ? means[0] : try builder.graph.add(Concat(axis: 1), means)
    builder.graph.tap("logits", try builder.linear(all, 1, name: "linear"))
  }
}
