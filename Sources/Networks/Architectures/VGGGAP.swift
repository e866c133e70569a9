import Graphs

extension NetworkSpec.VGGGAP: NetworkLayout {
  static let kind = "vgg-gap"

  /// The stages that a pooling follows.
  var pools: Set<Int> { Set(poolsAfter ?? Array(widths.indices.dropLast())) }

  var smallestExtent: Int { 1 << pools.count }

  func check() throws {
    try checkEnds()
    let all = widths.flatMap { $0 }
    try require(LayoutBounds.stages.contains(widths.count) && !widths.contains([]))
    try require(all, count: LayoutBounds.depth)
    try require(pools.allSatisfy(widths.indices.contains))
  }

  /// The head is the parameters "head.weight" [outputs, C] and "head.bias".
  func write(_ image: Value, into builder: inout NetworkBuilder) throws {
    var x = image
    for (stage, widths) in widths.enumerated() {
      for (index, width) in widths.enumerated() {
        let name = "stage\(stage).conv\(index)"
        x =
          batchNorm
          ? try builder.normalized(x, width, name: name, norm: "stage\(stage).bn\(index)")
          : try builder.biased(x, width, name: name)
      }
      if stage == self.widths.count - 1 { builder.graph.tap("features", x) }
      if pools.contains(stage) { x = try builder.graph.add(MaxPool2d(), x) }
    }
    let pooled = try builder.graph.globalMean(x)
    builder.initial = .lecunNormal
    builder.graph.tap("logits", try builder.linear(pooled, outputs, name: "head"))
  }
}
