import Tensors

/// Arithmetic, element by element.
extension ONNXImporter {
  static let elementwise: [String: Handler] = [
    "Relu": { try $0.unary(Relu(), &$1) },
    "Sigmoid": { try $0.unary(Sigmoid(), &$1) },
    "Tanh": { try $0.unary(Tanh(), &$1) },
    "Softplus": { try $0.unary(Softplus(), &$1) },
    "Exp": { try $0.unary(Exp(), &$1) },
    "Log": { try $0.unary(Log(), &$1) },
    "Abs": { try $0.unary(Abs(), &$1) },
    "Sign": { try $0.unary(Sign(), &$1) },
    "LeakyRelu": { importer, node in
      let slope = try node.float("alpha", default: 0.01)
      return try importer.unary(LeakyRelu(slope), &node)
    },
    "Sqrt": { try $0.foldable(SquareRoot(), &$1) { $0.squareRoot() } },
    "Neg": { try $0.negated(&$1) },
    "Reciprocal": { try $0.reciprocal(&$1) },
    "Add": { try $0.binary(.add, &$1) },
    "Sub": { try $0.binary(.subtract, &$1) },
    "Mul": { try $0.binary(.multiply, &$1) },
    "Div": { try $0.binary(.divide, &$1) },
    "Sum": { try $0.several(.add, &$1) },
    "Max": { try $0.several(.maximum, &$1) },
    "Min": { try $0.several(.minimum, &$1) },
    "Pow": { try $0.power(&$1) },
    "Clip": { try $0.clip(&$1) },
    "Identity": { try $0.identity(&$1) },
  ]

  /// Operand `position` as it stands.
  func item(_ node: ONNXNode, _ position: Int) throws -> Item {
    guard node.has(position), let item = items[node.inputs[position]] else {
      throw node.error(.inputCount, nil, [node.inputs.count])
    }
    return item
  }

  private func identity(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(1...1)
    return [try item(node, 0)]
  }

  private mutating func unary(_ op: some Operator, _ node: inout ONNXNode) throws -> [Item] {
    try node.expect(1...1)
    return [.value(try add(op, value(node, 0), for: node))]
  }

  private mutating func foldable(
    _ op: some Operator, _ node: inout ONNXNode, _ fold: (Float) -> Float
  ) throws -> [Item] {
    try node.expect(1...1)
    guard case .folded(let folded) = try item(node, 0), case .reals(let list) = folded.numbers
    else { return try unary(op, &node) }
    return [.folded(Folded(folded.dims, .reals(list.map(fold))))]
  }

  private mutating func negated(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(1...1)
    guard case .folded(let folded) = try item(node, 0) else { return try unary(Scale(-1), &node) }
    switch folded.numbers {
    case .reals(let list): return [.folded(Folded(folded.dims, .reals(list.map { -$0 })))]
    case .integers(let list): return [.folded(Folded(folded.dims, .integers(list.map { 0 &- $0 })))]
    }
  }

  private mutating func reciprocal(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(1...1)
    return [.value(try add(Divide(), graph.constant(1), value(node, 0), for: node))]
  }

  private mutating func binary(_ form: Folding.Binary, _ node: inout ONNXNode) throws -> [Item] {
    try node.expect(2...2)
    if let known = allFolded(node), known.count == 2 {
      return [.folded(try Folding.apply(form, known[0], known[1], limits.folded, node))]
    }
    if let value = try withNumber(form, node) { return [.value(value)] }
    return [.value(try combine(form, value(node, 0), value(node, 1), node))]
  }

  private mutating func several(_ form: Folding.Binary, _ node: inout ONNXNode) throws -> [Item] {
    try node.expect(1...limits.folded)
    if let known = allFolded(node), let first = known.first {
      let result = try known.dropFirst().reduce(first) {
        try Folding.apply(form, $0, $1, limits.folded, node)
      }
      return [.folded(result)]
    }
    var result = try value(node, 0)
    for position in node.inputs.indices.dropFirst() {
      result = try combine(form, result, value(node, position), node)
    }
    return [.value(result)]
  }

  private mutating func combine(
    _ form: Folding.Binary, _ a: Value, _ b: Value, _ node: ONNXNode
  ) throws -> Value {
    switch form {
    case .add: try add(Add(), a, b, for: node)
    case .subtract: try add(Subtract(), a, b, for: node)
    case .multiply: try a == b ? add(Square(), a, for: node) : add(Multiply(), a, b, for: node)
    case .divide: try add(Divide(), a, b, for: node)
    case .maximum: try add(Maximum(), a, b, for: node)
    case .minimum: try add(Minimum(), a, b, for: node)
    }
  }

  /// A single number as an attribute rather than as a tensor, where that is the same.
  private mutating func withNumber(
    _ form: Folding.Binary, _ node: ONNXNode
  ) throws -> Value? {
    if let number = single(node, 1) {
      let x = try value(node, 0)
      switch form {
      case .add: return try add(Offset(number), x, for: node)
      case .subtract: return try add(Offset(-number), x, for: node)
      case .multiply: return try add(Scale(number), x, for: node)
      default: return nil
      }
    }
    guard let number = single(node, 0) else { return nil }
    switch form {
    case .add: return try add(Offset(number), value(node, 1), for: node)
    case .multiply: return try add(Scale(number), value(node, 1), for: node)
    default: return nil
    }
  }

  /// The number that operand `position` is, when it is one finite number of rank 0.
  private func single(_ node: ONNXNode, _ position: Int) -> Float? {
    guard case .folded(let folded) = items[node.inputs[position]], folded.dims.isEmpty,
      case .reals(let list) = folded.numbers, list[0].isFinite
    else { return nil }
    return list[0]
  }

  /// Constant exponents only.
  private mutating func power(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(2...2)
    let exponent: Float
    switch try constant(node, 1, "exponent")?.numbers {
    case .reals(let list) where list.count == 1: exponent = list[0]
    case .integers(let list) where list.count == 1: exponent = Float(list[0])
    default: throw node.error(.notConstant, "exponent")
    }
    guard exponent.isFinite else { throw node.error(.notFinite, "exponent") }
    let x = try value(node, 0)
    switch exponent {
    case 1: return [.value(x)]
    case 2: return [.value(try add(Square(), x, for: node))]
    case 0.5: return [.value(try add(SquareRoot(), x, for: node))]
    default: return [.value(try add(Power(exponent), x, for: node))]
    }
  }

  private mutating func clip(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(1...3)
    func bound(_ position: Int, _ name: String, _ absent: Float) throws -> Float {
      guard let list = try reals(node, position, name) else { return absent }
      guard list.count == 1, !list[0].isNaN else { throw node.error(.attribute, name) }
      return list[0]
    }
    let low = try bound(1, "min", -.infinity)
    let high = try bound(2, "max", .infinity)
    guard low <= high else { throw node.error(.attribute, "min") }
    let x = try value(node, 0)
    if low == 0, high == .infinity { return [.value(try add(Relu(), x, for: node))] }
    return [.value(try add(Clip(min: low, max: high), x, for: node))]
  }
}
