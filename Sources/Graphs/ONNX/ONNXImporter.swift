import Tensors

/// Builds a `Graph` from the nodes of a file, one after the other.
struct ONNXImporter {
  /// What a name of the file stands for.
  enum Item {
    /// A node of the graph.
    case value(Value)
    /// An initializer; it becomes a parameter when a node reads it as data.
    case weight(Tensor)
    /// Numbers that are known now.
    case folded(Folded)
    /// 1 where a comparison holds and 0 elsewhere.
    case mask(Value)
  }

  typealias Handler = @Sendable (inout ONNXImporter, inout ONNXNode) throws -> [Item]

  /// By operator; each list lies beside its functions.
  static let handlers: [String: Handler] = [
    windows, normalisations, elementwise, products, reductions, shaping, slicing, resizing, folding,
  ].reduce(into: [:]) { $0.merge($1) { first, _ in first } }

  let limits: ONNXLimits
  let operatorSet: Int
  let folder: String?
  var graph = Graph()
  var items: [String: Item] = [:]
  private var parameters = Parameters()
  private var foldedElements = 0

  init(limits: ONNXLimits, operatorSet: Int, folder: String?) {
    self.limits = limits
    self.operatorSet = operatorSet
    self.folder = folder
  }

  mutating func run(
    _ proto: Onnx_GraphProto, _ shapes: [String: Shape]
  ) throws -> ImportedModel {
    guard proto.node.count <= limits.nodes else {
      throw ONNXError(.tooLarge, [proto.node.count, limits.nodes])
    }
    try addInitializers(proto.initializer)
    let inputs = try addInputs(proto.input, shapes)
    for (index, node) in proto.node.enumerated() { try add(node, index) }
    let outputs = try proto.output.enumerated().map { index, output in
      (name: output.name, value: try self.output(output, index))
    }
    guard !outputs.isEmpty, Set(outputs.map(\.name)).count == outputs.count else {
      throw ONNXError(.outputCount, [outputs.count])
    }
    return ImportedModel(graph: graph, parameters: parameters, inputs: inputs, outputs: outputs)
  }

  private mutating func add(_ proto: Onnx_NodeProto, _ index: Int) throws {
    var node = try ONNXNode(proto, index)
    guard proto.domain.isEmpty || proto.domain == "ai.onnx" else { throw node.error(.domain) }
    guard let handler = Self.handlers[node.op] else { throw node.error(.unknownOperator) }
    for (position, name) in node.inputs.enumerated() where !name.isEmpty && items[name] == nil {
      throw node.error(.undefinedName, nil, [position])
    }
    let results = try handler(&self, &node)
    try node.finish()
    guard let first = node.outputs.first, !first.isEmpty,
      node.outputs.dropFirst(results.count).allSatisfy(\.isEmpty)
    else { throw node.error(.outputCount, nil, [node.outputs.count]) }
    for (name, item) in zip(node.outputs, results) where !name.isEmpty {
      try charge(item, node)
      guard items.updateValue(item, forKey: name) == nil else {
        throw node.error(.duplicateName)
      }
    }
  }

  /// Holds folded constants to their limits, one and all.
  private mutating func charge(_ item: Item, _ node: ONNXNode) throws {
    guard case .folded(let folded) = item else { return }
    foldedElements += folded.count
    guard folded.count <= limits.folded, foldedElements <= limits.foldedTotal else {
      throw node.error(.tooLarge, nil, folded.dims)
    }
  }

  /// Operand `position` as a node of the graph.
  mutating func value(_ node: ONNXNode, _ position: Int) throws -> Value {
    guard node.has(position) else { throw node.error(.inputCount, nil, [node.inputs.count]) }
    let name = node.inputs[position]
    switch items[name] {
    case .value(let value): return value
    case .weight(let tensor):
      try bound(tensor.shape.dims, node)
      parameters[name] = tensor
      return graph.parameter(name, tensor.shape)
    case .folded(let folded):
      guard case .reals(let list) = folded.numbers else {
        throw node.error(.elementType, nil, [position])
      }
      guard list.allSatisfy(\.isFinite) else { throw node.error(.notFinite, nil, [position]) }
      try bound(folded.dims, node)
      return graph.constant(Tensor(Shape(folded.dims), list))
    case .mask: throw node.error(.elementType, nil, [position])
    case nil: throw node.error(.undefinedName, nil, [position])
    }
  }

  /// Operand `position` as numbers, nil when it is omitted; `name` is what the standard calls it.
  func constant(_ node: ONNXNode, _ position: Int, _ name: String) throws -> Folded? {
    guard node.has(position) else { return nil }
    switch items[node.inputs[position]] {
    case .folded(let folded): return folded
    case .weight(let tensor) where tensor.shape.count <= limits.folded:
      return Folded(tensor.shape.dims, .reals(tensor.values))
    default: throw node.error(.notConstant, name)
    }
  }

  /// Operand `position` as integers.
  func integers(_ node: ONNXNode, _ position: Int, _ name: String) throws -> [Int]? {
    guard let folded = try constant(node, position, name) else { return nil }
    guard case .integers(let list) = folded.numbers, folded.dims.count <= 1 else {
      throw node.error(.elementType, name)
    }
    return list
  }

  /// Operand `position` as floats.
  func reals(_ node: ONNXNode, _ position: Int, _ name: String) throws -> [Float]? {
    guard let folded = try constant(node, position, name) else { return nil }
    guard case .reals(let list) = folded.numbers else { throw node.error(.elementType, name) }
    return list
  }

  /// All operands, when each is known and none is a weight.
  func allFolded(_ node: ONNXNode) -> [Folded]? {
    var list: [Folded] = []
    for name in node.inputs where !name.isEmpty {
      guard case .folded(let folded) = items[name] else { return nil }
      list.append(folded)
    }
    return list
  }

  /// Adds an operator. Throws `.shape` with the extents of all inputs, or `.tooLarge`.
  mutating func add(_ op: some Operator, _ inputs: Value..., for node: ONNXNode) throws -> Value {
    do {
      let value = try graph.add(op, inputs)
      try bound(graph.shape(of: value).dims, node)
      return value
    } catch is GraphError {
      throw node.error(.shape, nil, inputs.flatMap { graph.shape(of: $0).dims })
    }
  }

  /// Throws `.tooLarge` unless every extent is positive and the product within the limit.
  func bound(_ dims: [Int], _ node: ONNXNode) throws {
    guard ONNXLimits.count(dims, most: limits.activationElements) != nil else {
      throw node.error(.tooLarge, nil, dims)
    }
  }

  /// Reshapes; nothing to do when the shape is the same.
  mutating func reshape(_ x: Value, _ dims: [Int], _ node: ONNXNode) throws -> Value {
    try bound(dims, node)
    if graph.shape(of: x).dims == dims { return x }
    return try add(Reshape(Shape(dims)), x, for: node)
  }

  /// An axis of a tensor of `rank`, counted from the end when negative.
  func axis(_ axis: Int, _ rank: Int, _ node: ONNXNode, _ name: String = "axis") throws -> Int {
    guard axis >= -rank, axis < rank else { throw node.error(.attribute, name, [axis, rank]) }
    return axis < 0 ? axis + rank : axis
  }

  /// Axes as `axis`, ascending; throws on a repeat.
  func axes(_ list: [Int], _ rank: Int, _ node: ONNXNode) throws -> [Int] {
    let axes = try list.map { try axis($0, rank, node, "axes") }.sorted()
    guard Set(axes).count == axes.count else { throw node.error(.attribute, "axes", list) }
    return axes
  }
}
