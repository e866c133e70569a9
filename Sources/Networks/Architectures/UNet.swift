import Graphs

extension NetworkSpec.UNet: NetworkLayout {
  static let kind = "unet"

  var smallestExtent: Int { 1 << depth }

  func check() throws {
    try checkEnds()
    try require((1...6).contains(depth) && LayoutBounds.channels.contains(width))
    try require(LayoutBounds.channels.contains(width << depth))
  }

  func write(_ image: Value, into builder: inout NetworkBuilder) throws {
    var x = image
    var skips: [Value] = []
    for level in 0..<depth {
      x = try pair(x, width << level, "down\(level)", &builder)
      skips.append(x)
      x = try builder.graph.add(MaxPool2d(), x)
    }
    x = try pair(x, width << depth, "bottom", &builder)
    for level in (0..<depth).reversed() {
      let up = try builder.graph.add(UpsampleNearest(), x)
      x = try builder.graph.add(Concat(axis: 1), skips[level], up)
      x = try pair(x, width << level, "up\(level)", &builder)
    }
    builder.graph.tap("features", x)
    builder.initial = .lecunNormal
    let logits = try builder.convolution(x, outputs, .one, name: "head", bias: true)
    builder.graph.tap("logits", logits)
  }

  private func pair(
    _ x: Value, _ width: Int, _ name: String, _ builder: inout NetworkBuilder
  ) throws -> Value {
    let first = try builder.normalized(x, width, name: name + ".conv0", norm: name + ".bn0")
    return try builder.normalized(first, width, name: name + ".conv1", norm: name + ".bn1")
  }
}
