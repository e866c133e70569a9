import Tensors

/// Sums, means and softmax.
extension ONNXImporter {
  static let reductions: [String: Handler] = [
    "ReduceMean": { try $0.reduced(&$1, .mean) },
    "ReduceSum": { try $0.reduced(&$1, .sum) },
    "ReduceMax": { try $0.reduced(&$1, .maximum) },
    "Softmax": { try $0.softmax(&$1, log: false) },
    "LogSoftmax": { try $0.softmax(&$1, log: true) },
  ]

  private enum Reduction {
    case mean, sum, maximum
  }

  /// The axes are an operand from operator set 18, and always for sums.
  private mutating func reduced(_ node: inout ONNXNode, _ form: Reduction) throws -> [Item] {
    let operand = operatorSet >= 18 || form == .sum
    try node.expect(operand ? 1...2 : 1...1)
    let keep = try node.flag("keepdims", default: true)
    let nothing = operand ? try node.flag("noop_with_empty_axes") : false
    let stated = try operand ? integers(node, 1, "axes") : node.ints("axes")
    let x = try value(node, 0)
    let rank = graph.shape(of: x).rank
    if (stated ?? []).isEmpty, nothing { return [.value(x)] }
    let list = (stated ?? []).isEmpty ? Array(0..<rank) : try axes(stated ?? [], rank, node)
    var y = x
    switch form {
    case .mean: return [.value(try mean(x, list, keep: keep, node))]
    case .sum: y = try add(Sum(axes: list), x, for: node)
    case .maximum:
      for axis in list.reversed() { y = try add(MaxOverAxis(axis: axis), y, for: node) }
    }
    return [.value(try keep ? kept(y, x, list, node) : y)]
  }

  /// The mean over `axes`, ascending.
  mutating func mean(_ x: Value, _ axes: [Int], keep: Bool, _ node: ONNXNode) throws -> Value {
    let count = axes.reduce(1) { $0 * graph.shape(of: x)[$1] }
    let sum = try add(Sum(axes: axes), x, for: node)
    let mean = try add(Scale(1 / Float(count)), sum, for: node)
    return try keep ? kept(mean, x, axes, node) : mean
  }

  /// `y` with the extents of `x`, but 1 along `axes`.
  private mutating func kept(
    _ y: Value, _ x: Value, _ axes: [Int], _ node: ONNXNode
  ) throws -> Value {
    let shape = graph.shape(of: x)
    return try reshape(y, shape.dims.indices.map { axes.contains($0) ? 1 : shape[$0] }, node)
  }

  /// Our operator works along axis 1; any other axis changes places with it.
  private mutating func softmax(_ node: inout ONNXNode, log: Bool) throws -> [Item] {
    try node.expect(1...1)
    let x = try value(node, 0)
    let shape = graph.shape(of: x)
    let axis = try axis(node.int("axis", default: -1), shape.rank, node)
    var y = x
    var order = Array(0..<shape.rank)
    if shape.rank == 1 {
      y = try reshape(x, [1, shape[0]], node)
    } else if axis != 1 {
      order.swapAt(1, axis)
      y = try add(Permute(order), x, for: node)
    }
    y = try add(LogSoftmax(), y, for: node)
    if !log { y = try add(Exp(), y, for: node) }
    if shape.rank > 1, axis != 1 { y = try add(Permute(order), y, for: node) }
    return [.value(try reshape(y, shape.dims, node))]
  }
}
