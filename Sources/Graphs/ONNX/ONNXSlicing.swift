import Tensors

/// Operators that take parts of a tensor, or surround it.
extension ONNXImporter {
  static let slicing: [String: Handler] = [
    "Slice": { try $0.sliced(&$1) },
    "Gather": { try $0.gathered(&$1) },
    "Split": { try $0.split(&$1) },
    "Pad": { try $0.padded(&$1) },
  ]

  /// Entries `list` of one axis of operand 0; of a value, only runs.
  private mutating func taken(
    _ x: Item, _ axis: Int, start: Int, count: Int, step: Int, _ node: ONNXNode
  ) throws -> Item {
    switch x {
    case .folded(let folded):
      let list = (0..<count).map { start + $0 * step }
      return .folded(Folding.take(folded, axis: axis, list, as: [count]))
    case .value(let value):
      let extent = graph.shape(of: value)[axis]
      if step == -1, count == extent { return .value(try add(Flip(axis: axis), value, for: node)) }
      guard step == 1 else { throw node.error(.attribute, "steps", [step]) }
      guard count > 0 else { throw node.error(.shape, nil, graph.shape(of: value).dims) }
      if count == extent { return x }
      return .value(try add(Slice(axis: axis, start: start, count: count), value, for: node))
    case .weight, .mask: throw node.error(.elementType)
    }
  }

  /// Operand 0, a weight as the node that reads it.
  private mutating func source(_ node: ONNXNode) throws -> Item {
    if case .folded(let folded) = try item(node, 0) { return .folded(folded) }
    return .value(try value(node, 0))
  }

  private mutating func sliced(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(3...5)
    let starts = try integers(node, 1, "starts") ?? []
    let ends = try integers(node, 2, "ends") ?? []
    var dims = try dims(node, 0)
    let places = try integers(node, 3, "axes") ?? Array(0..<starts.count)
    let steps = try integers(node, 4, "steps") ?? [Int](repeating: 1, count: starts.count)
    guard starts.count == ends.count, starts.count == places.count, starts.count == steps.count,
      Set(try axes(places, dims.count, node)).count == starts.count
    else { throw node.error(.shape, nil, dims) }
    var x = try source(node)
    for index in starts.indices {
      let axis = try axis(places[index], dims.count, node, "axes")
      let (start, count) = try run(
        starts[index], ends[index], steps[index], of: dims[axis], node)
      x = try taken(x, axis, start: start, count: count, step: steps[index], node)
      dims[axis] = count
    }
    return [x]
  }

  /// First entry and number of entries of a slice, clamped as the standard says.
  private func run(
    _ start: Int, _ end: Int, _ step: Int, of extent: Int, _ node: ONNXNode
  ) throws -> (start: Int, count: Int) {
    guard step != 0, step != Int.min else { throw node.error(.attribute, "steps", [step]) }
    func place(_ index: Int, _ range: ClosedRange<Int>) -> Int {
      let index = index < 0 ? index.addingReportingOverflow(extent).partialValue : index
      return min(max(index, range.lowerBound), range.upperBound)
    }
    guard extent > 0 else { return (0, 0) }
    let range = step > 0 ? 0...extent : -1...extent - 1
    let first = place(start, step > 0 ? range : 0...extent - 1)
    let last = place(end, range)
    let distance = step > 0 ? last - first : first - last
    return (first, distance <= 0 ? 0 : (distance - 1) / abs(step) + 1)
  }

  /// Known places only: one, which drops the axis, or a list.
  private mutating func gathered(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(2...2)
    let extents = try dims(node, 0)
    let axis = try axis(node.int("axis", default: 0), extents.count, node)
    guard let places = try constant(node, 1, "indices"), case .integers(let raw) = places.numbers,
      places.dims.count <= 1
    else { throw node.error(.elementType, "indices") }
    let list = raw.map { $0 < 0 ? $0 &+ extents[axis] : $0 }
    guard !list.isEmpty, list.allSatisfy({ (0..<extents[axis]).contains($0) }) else {
      throw node.error(.shape, "indices", [extents[axis]] + raw)
    }
    let x = try source(node)
    if case .folded(let folded) = x {
      let (each, over) = (folded.count / extents[axis]).multipliedReportingOverflow(by: list.count)
      guard !over, each <= limits.folded else { throw node.error(.tooLarge, nil, [each]) }
      return [.folded(Folding.take(folded, axis: axis, list, as: places.dims))]
    }
    if places.dims.isEmpty {
      let part = try taken(x, axis, start: list[0], count: 1, step: 1, node)
      guard case .value(let value) = part else { throw node.error(.elementType) }
      let rest = extents.indices.filter { $0 != axis }.map { extents[$0] }
      return [.value(try reshape(value, rest, node))]
    }
    let op = Gather(axis: axis, indices: list)
    return [.value(try add(op, value(node, 0), for: node))]
  }

  private mutating func split(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(1...2)
    let extents = try dims(node, 0)
    let axis = try axis(node.int("axis", default: 0), extents.count, node)
    let count = node.outputs.count
    if let stated = try node.int("num_outputs"), stated != count {
      throw node.error(.attribute, "num_outputs", [stated, count])
    }
    let part = (extents[axis] + max(count, 1) - 1) / max(count, 1)
    let equal = (0..<count).map { max(0, min(part, extents[axis] - $0 * part)) }
    let parts = try integers(node, 1, "split") ?? equal
    let fits = parts.count == count && parts.allSatisfy { (1...extents[axis]).contains($0) }
    guard extents[axis] > 0, fits, parts.reduce(0, +) == extents[axis] else {
      throw node.error(.shape, "split", [extents[axis]] + parts)
    }
    let x = try source(node)
    var start = 0
    return try parts.map { count in
      defer { start += count }
      return try taken(x, axis, start: start, count: count, step: 1, node)
    }
  }

  /// One number around a value, or, where a padding is negative, less of it.
  private mutating func padded(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(2...4)
    _ = try node.string("mode", default: "constant", of: ["constant"])
    let fill = try reals(node, 2, "constant_value") ?? [0]
    guard fill.count == 1, fill[0].isFinite else { throw node.error(.attribute, "constant_value") }
    var x = try value(node, 0)
    let rank = graph.shape(of: x).rank
    let places =
      try integers(node, 3, "axes").map { list in
        try list.map { try axis($0, rank, node, "axes") }
      } ?? Array(0..<rank)
    let pads = try integers(node, 1, "pads") ?? []
    guard pads.count == 2 * places.count, Set(places).count == places.count,
      pads.allSatisfy({ (-limits.cells...limits.cells).contains($0) })
    else { throw node.error(.attribute, "pads", pads) }
    for (index, axis) in places.enumerated() {
      let (before, after) = (pads[index], pads[index + places.count])
      let extent = graph.shape(of: x)[axis]
      let (start, end) = (max(0, -before), extent - max(0, -after))
      guard start < end else { throw node.error(.shape, "pads", [extent, before, after]) }
      if end - start < extent {
        x = try add(Slice(axis: axis, start: start, count: end - start), x, for: node)
      }
      if before > 0 || after > 0 {
        let total = end - start + max(0, before) + max(0, after)
        let op = Embed(axis: axis, start: max(0, before), total: total, value: fill[0])
        x = try add(op, x, for: node)
      }
    }
    return [.value(x)]
  }
}
