import Graphs
import Tensors

/// The heads of IRNet (Ahn 2019) on a trunk that is never trained: class boundaries and, per cell,
/// the displacement to the centre of its object, both at a quarter of the size of the image.
///
/// Taps: those of the trunk; "edge" [N, 1, H/4, W/4], logits; "displacement" [N, 2, H/4, W/4] in
/// cells, down and right, less "mean_shift.running_mean" except in training; "features", the map
/// before the displacement; "logits", which here is "edge" again. `trains` holds for the heads.
package struct IRNet: NetworkLayout {
  package static let kind = "irnet"
  package var trunk: ResNetTrunk
  /// Channels that each map is reduced to for the boundaries.
  package var edgeWidth: Int
  /// Channels of the displacement branch; its first map has a quarter.
  package var width: Int

  package init(
    _ trunk: ResNetTrunk = ResNetTrunk.resNet50.shortened, edgeWidth: Int = 32,
    width: Int = 256
  ) {
    self.trunk = trunk
    self.edgeWidth = edgeWidth
    self.width = width
  }

  package var inChannels: Int { trunk.inChannels }
  package var outputs: Int { 1 }
  var smallestExtent: Int { trunk.smallestExtent }
  private static let prefix = "resnet50."

  package func scaled(by divisor: Int) -> IRNet {
    IRNet(
      trunk.scaled(by: divisor), edgeWidth: edgeWidth.divided(by: divisor),
      width: width.divided(by: divisor))
  }

  func trains(_ name: String) -> Bool {
    !name.hasPrefix(Self.prefix) && !NetworkSpec.isRunning(name)
  }

  func check() throws {
    try checkEnds()
    try trunk.check(by: self)
    try require(trunk.stages.count == 4)
    try require([edgeWidth, width], count: 2...2)
    try require(width % 4 == 0)
  }

  func write(_ image: Value, into builder: inout NetworkBuilder) throws {
    builder.isFrozen = true
    let trunkMaps = try trunk.write(image, into: &builder, prefix: Self.prefix)
    builder.isFrozen = false
    var maps: [Value] = []
    for map in [trunkMaps.pooled] + trunkMaps.stages {
      maps.append(try builder.graph.add(Detach(), map))
    }
    builder.initial = .standard
    let edge = try edge(maps, &builder)
    builder.graph.tap("edge", edge)
    builder.graph.tap("logits", edge)
    builder.graph.tap("displacement", try displacement(maps, &builder))
  }

  private func edge(_ maps: [Value], _ builder: inout NetworkBuilder) throws -> Value {
    let size = builder.shape(maps[0])
    var parts: [Value] = []
    for (index, map) in maps.enumerated() {
      let factor = [1, 1, 2, 4, 4][index]
      let part = try reduced(
        map, edgeWidth, groups: 4, factor: factor, "fc_edge\(index + 1)", &builder)
      parts.append(try builder.cropped(part, like: size))
    }
    let all = try builder.graph.add(Concat(axis: 1), parts)
    return try builder.convolution(all, 1, .one, name: "fc_edge6", bias: true)
  }

  private func displacement(
    _ maps: [Value], _ builder: inout NetworkBuilder
  ) throws -> Value {
    let first = try reduced(maps[0], width / 4, groups: 8, "fc_dp1", &builder)
    let second = try reduced(maps[1], width / 2, groups: 16, "fc_dp2", &builder)
    var deep = [try reduced(maps[2], width, groups: 16, "fc_dp3", &builder)]
    let size = builder.shape(deep[0])
    for index in 3...4 {
      let part = try reduced(
        maps[index], width, groups: 16, factor: 2, "fc_dp\(index + 1)", &builder)
      deep.append(try builder.cropped(part, like: size))
    }
    let all = try builder.graph.add(Concat(axis: 1), deep)
    let up = try reduced(all, width, groups: 16, factor: 2, "fc_dp6", &builder)
    let third = try builder.cropped(up, like: builder.shape(second))
    let both = try builder.graph.add(Concat(axis: 1), first, second, third)
    let last = try reduced(both, width, groups: 16, "fc_dp7", &builder)
    builder.graph.tap("features", last)
    let field = try builder.convolution(last, 2, .one, name: "fc_dp7.3")
    if builder.mode == .training { return field }
    let mean = builder.average("mean_shift.running_mean", [2])
    return try builder.graph.add(
      Subtract(), field, builder.graph.add(Reshape([2, 1, 1]), mean))
  }

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
