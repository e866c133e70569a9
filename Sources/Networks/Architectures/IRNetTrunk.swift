import Graphs
import Tensors

extension IRNet {
  /// The frozen network whose maps the heads read.
  ///
  /// In JSON the fields of the residual trunk, or those of VGG's trunk and "extra".
  package enum Trunk: Sendable, Hashable {
    /// Four stages (as published: ResNet50 with output stride 16); parameters "resnet50.<name>".
    case resNet(ResNetTrunk)
    /// The blocks of VGG, and convolutions of the widths `extra` on top; parameters
    /// "vgg.<name>". The last five of their maps are read: ours, not the paper's.
    case vgg(VGGTrunk, extra: [Int])
  }

  /// A map of the trunk, and how many times larger it becomes in each head.
  struct Stage {
    var map: Value
    var edgeFactor = 1
    var fieldFactor = 1
  }

  /// Cells of the image per cell of both outputs, on each axis.
  package static let stride = 4
  static let stageCount = 5
}

extension IRNet.Trunk {
  /// What the names of the classifier's parameters get in front.
  package var prefix: String {
    switch self {
    case .resNet: "resnet50."
    case .vgg: "vgg."
    }
  }

  var inChannels: Int {
    switch self {
    case .resNet(let trunk): trunk.inChannels
    case .vgg(let trunk, _): trunk.inChannels
    }
  }

  var smallestExtent: Int {
    switch self {
    case .resNet(let trunk): trunk.smallestExtent
    case .vgg(let trunk, _): max(IRNet.stride, trunk.smallestExtent)
    }
  }

  /// How much the deep maps of the displacement, already joined, are still too small.
  var lastFieldFactor: Int {
    switch self {
    case .resNet: 2
    case .vgg: 1
    }
  }

  func scaled(by divisor: Int) -> IRNet.Trunk {
    switch self {
    case .resNet(let trunk): .resNet(trunk.scaled(by: divisor))
    case .vgg(let trunk, let extra):
      .vgg(trunk.scaled(by: divisor), extra: extra.map { $0.divided(by: divisor) })
    }
  }

  func check(by layout: IRNet) throws {
    switch self {
    case .resNet(let trunk):
      try trunk.check(by: layout)
      try layout.require(trunk.stages.count == IRNet.stageCount - 1)
    case .vgg(let trunk, let extra):
      try trunk.check(by: layout)
      try layout.require(extra, count: 0...8)
      let maps = trunk.blocks.count + (extra.isEmpty ? 0 : 1)
      try layout.require(maps >= IRNet.stageCount)
    }
  }

  /// Adds the layers; the five maps that the heads read.
  func write(_ image: Value, into builder: inout NetworkBuilder) throws -> [IRNet.Stage] {
    switch self {
    case .resNet(let trunk):
      let maps = try trunk.write(image, into: &builder, prefix: prefix)
      let factors = [(1, 1), (1, 1), (2, 1), (4, 2), (4, 2)]
      return zip([maps.pooled] + maps.stages, factors).map {
        IRNet.Stage(map: $0, edgeFactor: $1.0, fieldFactor: $1.1)
      }
    case .vgg(let trunk, let extra):
      return try writeVGG(trunk, extra, image, &builder)
    }
  }

  /// Taps "block1", "block2", ... and "extra", the maps of the classifier.
  ///
  /// Maps finer than a quarter of the image are reduced by means of squares before the heads read
  /// them (ours: the paper's trunk has none); coarser ones grow inside the heads, as published.
  /// Throws `.shape` unless both extents of the image are multiples of the strides.
  private func writeVGG(
    _ trunk: VGGTrunk, _ extra: [Int], _ image: Value, _ builder: inout NetworkBuilder
  ) throws -> [IRNet.Stage] {
    let form = builder.shape(image)
    guard form[2] % smallestExtent == 0, form[3] % smallestExtent == 0 else {
      throw GraphError(.shape)
    }
    var (maps, output) = try trunk.write(image, into: &builder, prefix: prefix)
    for (index, map) in maps.enumerated() { builder.graph.tap("block\(index + 1)", map) }
    if !extra.isEmpty {
      maps.append(try builder.extraConvolutions(output, extra, prefix: prefix))
      builder.graph.tap("extra", maps[maps.count - 1])
    }
    let rows = form[2] / IRNet.stride
    return try maps.suffix(IRNet.stageCount).map { map in
      let finer = builder.shape(map)[2] / rows
      if finer > 1 {
        let pool = AveragePool2d(kernel: finer, stride: finer)
        return IRNet.Stage(map: try builder.graph.add(pool, map))
      }
      let factor = rows / builder.shape(map)[2]
      return IRNet.Stage(map: map, edgeFactor: factor, fieldFactor: factor)
    }
  }
}

extension IRNet.Trunk: Codable {
  private enum Keys: String, CodingKey { case blocks, extra }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    if container.contains(.blocks) {
      let extra = try container.decodeIfPresent([Int].self, forKey: .extra) ?? []
      self = .vgg(try VGGTrunk(from: decoder), extra: extra)
    } else {
      self = .resNet(try ResNetTrunk(from: decoder))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .resNet(let trunk): try trunk.encode(to: encoder)
    case .vgg(let trunk, let extra):
      try trunk.encode(to: encoder)
      var container = encoder.container(keyedBy: Keys.self)
      try container.encode(extra, forKey: .extra)
    }
  }
}

extension NetworkSpec {
  /// The IRNet that reads the maps of a trained classifier: a residual network loses the stride
  /// of its last stage and any dilation (Ahn 2019), VGG stays as it is.
  ///
  /// Throws `ModelError(.specification)` for a classifier of another kind.
  package func boundaryNetwork(
    edgeWidth: Int = 32, width: Int = 256
  ) throws -> NetworkSpec {
    switch self {
    case .resNet(let classifier):
      var trunk = classifier.trunk
      for index in trunk.stages.indices {
        trunk.stages[index].stride = (1...2).contains(index) ? 2 : 1
        trunk.stages[index].dilation = 1
        trunk.stages[index].firstDilation = 1
      }
      return .irNet(IRNet(trunk, edgeWidth: edgeWidth, width: width))
    case .vgg(let classifier):
      let trunk = IRNet.Trunk.vgg(classifier.trunk, extra: classifier.extra)
      return .irNet(IRNet(trunk: trunk, edgeWidth: edgeWidth, width: width))
    default: throw ModelError(.specification)
    }
  }

  /// The parameters of an IRNet before training: the trunk's from a trained classifier, running
  /// averages included, the heads' by the seed (`initialParameters`).
  ///
  /// Throws `ModelError`: `.specification` for another network, `.weights` where the classifier
  /// lacks a tensor of the trunk or has it in another shape, or one that is not finite.
  package func irNetParameters(from classifier: Parameters, seed: UInt64) throws -> Parameters {
    guard case .irNet(let layout) = self else { throw ModelError(.specification) }
    var parameters = try initialParameters(seed: seed)
    let prefix = layout.trunk.prefix
    for (index, name) in parameters.names.enumerated() where name.hasPrefix(prefix) {
      guard let taken = classifier[String(name.dropFirst(prefix.count))],
        taken.shape == parameters[name]?.shape, taken.values.allSatisfy(\.isFinite)
      else { throw ModelError(.weights, at: index) }
      parameters[name] = taken
    }
    return parameters
  }
}
