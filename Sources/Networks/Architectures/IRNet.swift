import Graphs
import Tensors

/// The heads of IRNet (Ahn, Cho, Kwak 2019) on a trunk that is never trained: class boundaries and,
/// per cell, the displacement to the centre of its object, both at a quarter of the size of the
/// image.
///
/// Taps: those of the trunk; "edge" [N, 1, H/4, W/4], logits; "displacement" [N, 2, H/4, W/4] in
/// cells, down and right, less "mean_shift.running_mean" except in training; "features", the map
/// before the displacement; "logits", which here is "edge" again. `trains` holds for the heads.
package struct IRNet: NetworkLayout {
  package static let kind = "irnet"
  package var trunk: Trunk
  /// Channels that each map is reduced to for the boundaries.
  package var edgeWidth: Int
  /// Channels of the displacement branch; its first map has a quarter.
  package var width: Int

  package init(trunk: Trunk, edgeWidth: Int = 32, width: Int = 256) {
    self.trunk = trunk
    self.edgeWidth = edgeWidth
    self.width = width
  }

  /// As published, on a residual network.
  package init(
    _ trunk: ResNetTrunk = ResNetTrunk.resNet50.shortened, edgeWidth: Int = 32,
    width: Int = 256
  ) {
    self.init(trunk: .resNet(trunk), edgeWidth: edgeWidth, width: width)
  }

  package var inChannels: Int { trunk.inChannels }
  package var outputs: Int { 1 }
  var smallestExtent: Int { trunk.smallestExtent }

  package func scaled(by divisor: Int) -> IRNet {
    IRNet(
      trunk: trunk.scaled(by: divisor), edgeWidth: edgeWidth.divided(by: divisor),
      width: width.divided(by: divisor))
  }

  func trains(_ name: String) -> Bool {
    !name.hasPrefix(trunk.prefix) && !NetworkSpec.isRunning(name)
  }

  func check() throws {
    try checkEnds()
    try trunk.check(by: self)
    try require([edgeWidth, width], count: 2...2)
    try require(width % 4 == 0)
  }

  func write(_ image: Value, into builder: inout NetworkBuilder) throws {
    builder.isFrozen = true
    var stages = try trunk.write(image, into: &builder)
    builder.isFrozen = false
    for index in stages.indices {
      stages[index].map = try builder.graph.add(Detach(), stages[index].map)
    }
    builder.initial = .standard
    let edge = try edge(stages, &builder)
    builder.graph.tap("edge", edge)
    builder.graph.tap("logits", edge)
    builder.graph.tap("displacement", try displacement(stages, &builder))
  }

  private func edge(_ stages: [Stage], _ builder: inout NetworkBuilder) throws -> Value {
    let size = builder.shape(stages[0].map)
    var parts: [Value] = []
    for (index, stage) in stages.enumerated() {
      let part = try reduced(
        stage.map, edgeWidth, groups: 4, factor: stage.edgeFactor, "fc_edge\(index + 1)",
        &builder)
      parts.append(try builder.cropped(part, like: size))
    }
    let all = try builder.graph.add(Concat(axis: 1), parts)
    return try builder.convolution(all, 1, .one, name: "fc_edge6", bias: true)
  }

  private func displacement(
    _ stages: [Stage], _ builder: inout NetworkBuilder
  ) throws -> Value {
    func part(_ index: Int, _ width: Int, groups: Int) throws -> Value {
      try reduced(
        stages[index].map, width, groups: groups, factor: stages[index].fieldFactor,
        "fc_dp\(index + 1)", &builder)
    }
    let first = try part(0, width / 4, groups: 8)
    let second = try part(1, width / 2, groups: 16)
    var deep = [try part(2, width, groups: 16)]
    let size = builder.shape(deep[0])
    for index in 3...4 {
      deep.append(try builder.cropped(part(index, width, groups: 16), like: size))
    }
    let all = try builder.graph.add(Concat(axis: 1), deep)
    let up = try reduced(
      all, width, groups: 16, factor: trunk.lastFieldFactor, "fc_dp6", &builder)
    let third = try builder.cropped(up, like: builder.shape(second))
    let both = try builder.graph.add(Concat(axis: 1), first, second, third)
    let last = try reduced(both, width, groups: 16, "fc_dp7", &builder)
    builder.graph.tap("features", last)
    let field = try builder.convolution(last, 2, .one, name: "fc_dp7.3")
    if builder.mode == .training { return field }
    let mean = builder.average(Self.meanShiftName, [2])
    return try builder.graph.add(
      Subtract(), field, builder.graph.add(Reshape([2, 1, 1]), mean))
  }

  /// The parameter that is taken off the displacement, in cells, down and right.
  package static let meanShiftName = "mean_shift.running_mean"

  /// 1 x 1 convolution, group normalisation, interpolation, ReLU.
  private func reduced(
    _ x: Value, _ width: Int, groups: Int, factor: Int = 1, _ name: String,
    _ builder: inout NetworkBuilder
  ) throws -> Value {
    let y = try builder.convolution(x, width, .one, name: name + ".0")
    let normal = try builder.groupNorm(
      y, groups: groups.commonDivisor(with: width), name: name + ".1")
    let size = builder.shape(normal)
    return try builder.relu(builder.resized(normal, factor * size[2], factor * size[3]))
  }
}

extension NetworkBuilder {
  /// The upper left part of the size of `shape`.
  mutating func cropped(_ x: Value, like shape: Shape) throws -> Value {
    var x = x
    for axis in [2, 3] where graph.shape(of: x)[axis] > shape[axis] {
      x = try graph.add(Slice(axis: axis, start: 0, count: shape[axis]), x)
    }
    return x
  }
}

extension Int {
  /// Groups of a narrower layout divide its width.
  fileprivate func commonDivisor(with other: Int) -> Int {
    other == 0 ? self : other.commonDivisor(with: self % other)
  }
}
