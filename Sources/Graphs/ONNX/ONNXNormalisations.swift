import Tensors

/// Normalisation over batches, images and groups of channels.
extension ONNXImporter {
  static let normalisations: [String: Handler] = [
    "BatchNormalization": { try $0.batchNormalization(&$1) },
    "InstanceNormalization": { try $0.instanceNormalization(&$1) },
    "GroupNormalization": { try $0.groupNormalization(&$1) },
    "Dropout": { try $0.dropout(&$1) },
  ]

  /// The same nodes as `Graph.batchNorm` in evaluation, which plans know how to fold.
  private mutating func batchNormalization(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(5...5)
    let epsilon = try node.float("epsilon", default: 1e-5)
    if try node.flag("training_mode") { throw node.error(.attribute, "training_mode", [1]) }
    node.ignore("momentum")
    let x = try value(node, 0)
    let gamma = try value(node, 1)
    let beta = try value(node, 2)
    let mean = try value(node, 3)
    let variance = try value(node, 4)
    let shape = graph.shape(of: x)
    guard shape.rank >= 2, graph.shape(of: mean) == [shape[1]],
      graph.shape(of: variance) == [shape[1]]
    else { throw node.error(.shape, nil, shape.dims) }
    let row = Shape([1, shape[1]])
    let statistics = try add(
      Concat(axis: 0), add(Reshape(row), mean, for: node), add(Reshape(row), variance, for: node),
      for: node)
    let op = BatchNormalize(epsilon: epsilon)
    return [.value(try add(op, x, statistics, gamma, beta, for: node))]
  }

  private mutating func instanceNormalization(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(3...3)
    let epsilon = try node.float("epsilon", default: 1e-5)
    let shape = graph.shape(of: try value(node, 0))
    guard shape.rank >= 3 else { throw node.error(.shape, nil, shape.dims) }
    return [.value(try normalized(node, groups: shape[1], epsilon))]
  }

  /// Before operator set 21 scale and bias were per group, which no exporter writes.
  private mutating func groupNormalization(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(3...3)
    guard operatorSet >= 21 else { throw node.error(.operatorSet, nil, [operatorSet]) }
    let epsilon = try node.float("epsilon", default: 1e-5)
    node.ignore("stash_type")
    let groups = try node.int("num_groups", default: 0)
    let shape = graph.shape(of: try value(node, 0))
    guard shape.rank >= 3 else { throw node.error(.shape, nil, shape.dims) }
    guard groups > 0, shape[1] % groups == 0 else {
      throw node.error(.attribute, "num_groups", [groups, shape[1]])
    }
    return [.value(try normalized(node, groups: groups, epsilon))]
  }

  private mutating func normalized(
    _ node: ONNXNode, groups: Int, _ epsilon: Float
  ) throws -> Value {
    let op = GroupNormalize(groups: groups, epsilon: epsilon)
    return try add(op, value(node, 0), value(node, 1), value(node, 2), for: node)
  }

  /// Nothing, outside training.
  private func dropout(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(1...3)
    node.ignore("seed", "ratio")
    if let training = try constant(node, 2, "training_mode") {
      guard case .integers([0]) = training.numbers else {
        throw node.error(.attribute, "training_mode")
      }
    }
    return [try item(node, 0)]
  }
}
