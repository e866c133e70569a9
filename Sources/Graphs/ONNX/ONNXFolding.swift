import Tensors

/// Constants, and the computations on shapes that end in one.
extension ONNXImporter {
  static let folding: [String: Handler] = [
    "Constant": { try $0.constant(&$1) },
    "ConstantOfShape": { try $0.constantOfShape(&$1) },
    "Shape": { try $0.shape(&$1) },
    "Cast": { try $0.cast(&$1) },
    "Floor": { try $0.rounded(.down, &$1) },
    "Ceil": { try $0.rounded(.up, &$1) },
    "Range": { try $0.range(&$1) },
    "Equal": { try $0.compared(&$1) { $0 == $1 } },
    "Greater": { try $0.ordered(&$1, swapped: true) },
    "Less": { try $0.ordered(&$1, swapped: false) },
    "Where": { try $0.chosen(&$1) },
  ]

  private mutating func constant(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(0...0)
    let error = { [node] (code: ONNXError.Code, numbers: [Int]) in
      node.error(code, "value", numbers)
    }
    if let proto = try node.tensor("value") {
      let most = limits.activationElements
      let tensor = try ONNXTensor(proto, most: most, error)
      let folded = try tensor.folded(folder: folder, finite: false)
      guard case .reals(let list) = folded.numbers, folded.count > limits.folded else {
        return [.folded(folded)]
      }
      guard list.allSatisfy(\.isFinite) else { throw error(.notFinite, []) }
      try bound(folded.dims, node)
      return [.value(graph.constant(Tensor(Shape(folded.dims), list)))]
    }
    if let list = try node.floats("value_floats") {
      return [.folded(Folded([list.count], .reals(list)))]
    }
    if let list = try node.ints("value_ints") {
      return [.folded(Folded([list.count], .integers(list)))]
    }
    if let number = try node.int("value_int") { return [.folded(Folded([], .integers([number])))] }
    return [.folded(Folded([], .reals([try node.float("value_float", default: 0)])))]
  }

  private func constantOfShape(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(1...1)
    let dims = try integers(node, 0, "input") ?? []
    guard let count = ONNXLimits.elements(dims, most: limits.folded) else {
      throw node.error(.tooLarge, nil, dims)
    }
    guard let proto = try node.tensor("value") else {
      return [.folded(Folded(dims, .reals([Float](repeating: 0, count: count))))]
    }
    let error = { [node] (code: ONNXError.Code, numbers: [Int]) in
      node.error(code, "value", numbers)
    }
    let fill = try ONNXTensor(proto, most: 1, error).folded(folder: folder, finite: true)
    guard fill.count == 1 else { throw error(.tensorSize, fill.dims) }
    return [.folded(Folded(dims, fill.pick([Int](repeating: 0, count: count))))]
  }

  private func shape(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(1...1)
    let dims = try dims(node, 0)
    func place(_ index: Int) -> Int {
      min(max(index < 0 ? index &+ dims.count : index, 0), dims.count)
    }
    let start = place(try node.int("start", default: 0))
    let end = max(start, place(try node.int("end", default: dims.count)))
    return [.folded(Folded([end - start], .integers(Array(dims[start..<end]))))]
  }

  private func cast(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(1...1)
    node.ignore("saturate", "round_mode")
    let to = try node.int("to", default: 0)
    guard case .folded(let folded) = try item(node, 0) else {
      return [try castValue(item(node, 0), to, node)]
    }
    let numbers: Folded.Numbers
    switch (to, folded.numbers) {
    case (1, .reals), (6, .integers), (7, .integers): numbers = folded.numbers
    case (1, .integers(let list)): numbers = .reals(list.map { Float($0) })
    case (6, .reals(let list)), (7, .reals(let list)):
      numbers = .integers(
        try list.map {
          guard let value = Int(exactly: $0.rounded(.towardZero)) else {
            throw node.error(.notFinite)
          }
          return value
        })
    case (9, .integers(let list)): numbers = .integers(list.map { $0 == 0 ? 0 : 1 })
    default: throw node.error(.attribute, "to", [to])
    }
    return [.folded(Folded(folded.dims, numbers))]
  }

  /// Between floats and truth values; what is not 0 is true.
  private func castValue(_ item: Item, _ to: Int, _ node: ONNXNode) throws -> Item {
    switch (item, to) {
    case (.value, 1), (.weight, 1), (.mask, 9): item
    case (.mask(let mask), 1): .value(mask)
    case (.value(let value), 9): .mask(value)
    default: throw node.error(.attribute, "to", [to])
    }
  }

  private func rounded(
    _ rule: FloatingPointRoundingRule, _ node: inout ONNXNode
  ) throws -> [Item] {
    try node.expect(1...1)
    guard let list = try reals(node, 0, "input") else { throw node.error(.inputCount) }
    return [.folded(Folded(try dims(node, 0), .reals(list.map { $0.rounded(rule) })))]
  }

  private func range(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(3...3)
    let ends = try ["start", "limit", "delta"].enumerated().map {
      try integers(node, $0.offset, $0.element)?.first
    }
    guard let start = ends[0], let limit = ends[1], let delta = ends[2], delta != 0,
      [start, limit, delta].allSatisfy({ abs(Double($0)) < 0x1p40 })
    else { throw node.error(.attribute, "delta") }
    let count = max(0, (limit - start + delta - delta.signum()) / delta)
    guard count <= limits.folded else { throw node.error(.tooLarge, nil, [count]) }
    return [.folded(Folded([count], .integers((0..<count).map { start + $0 * delta })))]
  }

  /// Of integers that are known.
  private func compared(
    _ node: inout ONNXNode, _ test: (Int, Int) -> Bool
  ) throws -> [Item] {
    try node.expect(2...2)
    guard let known = allFolded(node), known.count == 2,
      case .integers(let a) = known[0].numbers, case .integers(let b) = known[1].numbers
    else { throw node.error(.notConstant) }
    return try Folding.spread(known[0].dims, known[1].dims, limits.folded, node) { dims, pairs in
      [.folded(Folded(dims, .integers(pairs.map { test(a[$0.0], b[$0.1]) ? 1 : 0 })))]
    }
  }

  /// Of known integers, or of values.
  private mutating func ordered(_ node: inout ONNXNode, swapped: Bool) throws -> [Item] {
    try node.expect(2...2)
    if allFolded(node) != nil { return try compared(&node) { swapped ? $0 > $1 : $0 < $1 } }
    let a = try value(node, 0)
    let b = try value(node, 1)
    return [.mask(try add(Less(), swapped ? b : a, swapped ? a : b, for: node))]
  }

  private mutating func chosen(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(3...3)
    if case .mask(let mask) = try item(node, 0) {
      return [.value(try add(Where(), mask, value(node, 1), value(node, 2), for: node))]
    }
    guard let known = allFolded(node), known.count == 3,
      case .integers(let condition) = known[0].numbers
    else { throw node.error(.notConstant, "condition") }
    let (a, b) = (known[1], known[2])
    return try Folding.spread(known[0].dims, a.dims, limits.folded, node) { dims, first in
      try Folding.spread(dims, b.dims, limits.folded, node) { dims, second in
        switch (a.numbers, b.numbers) {
        case (.integers(let x), .integers(let y)):
          let list = second.map { pair in
            condition[first[pair.0].0] != 0 ? x[first[pair.0].1] : y[pair.1]
          }
          return [.folded(Folded(dims, .integers(list)))]
        default: throw node.error(.elementType)
        }
      }
    }
  }
}
