import Tensors

/// Operators that change shapes, of values and of known tensors alike.
extension ONNXImporter {
  static let shaping: [String: Handler] = [
    "Reshape": { try $0.reshaped(&$1) },
    "Flatten": { try $0.flattened(&$1) },
    "Squeeze": { try $0.squeezed(&$1) },
    "Unsqueeze": { try $0.unsqueezed(&$1) },
    "Transpose": { try $0.transposed(&$1) },
    "Expand": { try $0.expanded(&$1) },
    "Concat": { try $0.concatenated(&$1) },
  ]

  /// The extents of operand `position`.
  func dims(_ node: ONNXNode, _ position: Int) throws -> [Int] {
    switch try item(node, position) {
    case .value(let value), .mask(let value): graph.shape(of: value).dims
    case .weight(let tensor): tensor.shape.dims
    case .folded(let folded): folded.dims
    }
  }

  /// Operand 0 under other extents of equal product.
  private mutating func result(_ node: ONNXNode, _ dims: [Int]) throws -> [Item] {
    if case .folded(let folded) = try item(node, 0) {
      guard ONNXLimits.elements(dims, most: limits.folded) == folded.count else {
        throw node.error(.shape, nil, folded.dims + dims)
      }
      return [.folded(Folded(dims, folded.numbers))]
    }
    return [.value(try reshape(value(node, 0), dims, node))]
  }

  /// 0 keeps an extent unless `allowzero`, and one -1 stands for what is left.
  private mutating func reshaped(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(2...2)
    let zeros = try node.flag("allowzero")
    let from = try dims(node, 0)
    guard var to = try integers(node, 1, "shape"), to.count <= 8 else {
      throw node.error(.attribute, "shape")
    }
    for (axis, extent) in to.enumerated() where extent == 0 && !zeros {
      guard axis < from.count else { throw node.error(.shape, nil, from + to) }
      to[axis] = from[axis]
    }
    if let open = to.firstIndex(of: -1) {
      let count = from.reduce(1, *)
      let known = to.enumerated().filter { $0.offset != open }.map(\.element)
      guard let rest = ONNXLimits.count(known, most: max(count, 1)), count % rest == 0 else {
        throw node.error(.shape, nil, from + to)
      }
      to[open] = count / rest
    }
    guard to.allSatisfy({ $0 >= 0 }) else { throw node.error(.shape, nil, from + to) }
    return try result(node, to)
  }

  private mutating func flattened(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(1...1)
    let from = try dims(node, 0)
    var axis = try node.int("axis", default: 1)
    guard axis >= -from.count, axis <= from.count else {
      throw node.error(.attribute, "axis", [axis, from.count])
    }
    if axis < 0 { axis += from.count }
    return try result(node, [from.prefix(axis).reduce(1, *), from.dropFirst(axis).reduce(1, *)])
  }

  private mutating func squeezed(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(1...2)
    let from = try dims(node, 0)
    let stated = try integers(node, 1, "axes")
    let gone =
      try stated.map { try axes($0, from.count, node) } ?? from.indices.filter { from[$0] == 1 }
    guard gone.allSatisfy({ from[$0] == 1 }) else { throw node.error(.shape, "axes", from + gone) }
    return try result(node, from.indices.filter { !gone.contains($0) }.map { from[$0] })
  }

  private mutating func unsqueezed(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(2...2)
    let from = try dims(node, 0)
    let stated = try integers(node, 1, "axes") ?? []
    let rank = from.count + stated.count
    guard rank <= 8 else { throw node.error(.shape, "axes", from) }
    var to = from
    for axis in try axes(stated, rank, node) { to.insert(1, at: axis) }
    return try result(node, to)
  }

  private mutating func transposed(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(1...1)
    let rank = try dims(node, 0).count
    let order = try node.ints("perm") ?? Array((0..<rank).reversed())
    guard order.sorted() == Array(0..<rank) else { throw node.error(.attribute, "perm", order) }
    if case .folded(let folded) = try item(node, 0) {
      return [.folded(Folding.transpose(folded, order))]
    }
    return [.value(try add(Permute(order), value(node, 0), for: node))]
  }

  private mutating func expanded(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(2...2)
    let to = try integers(node, 1, "shape") ?? []
    let from = try dims(node, 0)
    guard to.count <= 8, to.allSatisfy({ $0 >= 0 }) else { throw node.error(.shape, "shape", to) }
    if case .folded(let folded) = try item(node, 0) {
      return try Folding.spread(from, to, limits.folded, node) { dims, pairs in
        [.folded(Folded(dims, folded.pick(pairs.map(\.0))))]
      }
    }
    let x = try value(node, 0)
    try bound(to, node)
    guard let dims = Broadcast(Shape(from), Shape(to))?.shape.dims else {
      throw node.error(.shape, "shape", from + to)
    }
    try bound(dims, node)
    if dims == from { return [.value(x)] }
    return [.value(try add(BroadcastTo(Shape(dims)), x, for: node))]
  }

  private mutating func concatenated(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(1...limits.folded)
    guard let stated = try node.int("axis") else { throw node.error(.attribute, "axis") }
    let axis = try axis(stated, dims(node, 0).count, node)
    if let known = allFolded(node), !known.isEmpty, known.count == node.inputs.count {
      guard known.reduce(0, { $0 + $1.count }) <= limits.folded else {
        throw node.error(.tooLarge, nil, [limits.folded])
      }
      return [.folded(try Folding.concat(known, axis: axis, node))]
    }
    let parts = try node.inputs.indices.map { try value(node, $0) }
    guard parts.count > 1 else { return [.value(parts[0])] }
    do {
      let y = try graph.add(Concat(axis: axis), parts)
      try bound(graph.shape(of: y).dims, node)
      return [.value(y)]
    } catch is GraphError {
      throw node.error(.shape, nil, parts.flatMap { graph.shape(of: $0).dims })
    }
  }
}
