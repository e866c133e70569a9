import Tensors

/// The result of one node: an index into the nodes of the graph that made it.
package struct Value: Hashable, Sendable {
  package let index: Int
}

/// A computation as an ordered list of nodes, topological by construction; a value type.
///
/// Shapes are fixed and checked when a node is added. Gradients are more nodes of the same kind.
package struct Graph: Sendable {
  /// Where the value of a node comes from.
  package enum Source: Sendable {
    case input(String)
    case parameter(String)
    case constant(Tensor)
    case operation(any Operator, [Value])
  }

  /// One line of the graph.
  package struct Node: Sendable {
    package let source: Source
    package let shape: Shape
  }

  package private(set) var nodes: [Node] = []
  /// Named values that users look up: "logits", "features", "bn.<name>.statistics".
  package private(set) var taps: [String: Value] = [:]
  private var named: [String: Value] = [:]
  /// What the running `gradient` call was asked for; see `isTarget`.
  var targets: Set<Value> = []

  package init() {}

  /// A tensor that each run supplies by name; asking again for a name gives the same value.
  package mutating func input(_ name: String, _ shape: Shape) -> Value {
    leaf("input " + name, .input(name), shape)
  }

  /// A tensor from `Parameters`; asking again for a name gives the same value.
  package mutating func parameter(_ name: String, _ shape: Shape) -> Value {
    leaf("parameter " + name, .parameter(name), shape)
  }

  /// A tensor written into the graph.
  package mutating func constant(_ tensor: Tensor) -> Value {
    append(Node(source: .constant(tensor), shape: tensor.shape))
  }

  /// A rank 0 constant; it broadcasts against anything.
  package mutating func constant(_ value: Float) -> Value { constant(Tensor(scalar: value)) }

  /// Adds a node. Throws `GraphError` with the index the node would have had.
  package mutating func add(_ op: some Operator, _ inputs: Value...) throws -> Value {
    try add(op, inputs)
  }

  package mutating func add(_ op: some Operator, _ inputs: [Value]) throws -> Value {
    guard inputs.allSatisfy({ $0.index < nodes.count }) else {
      throw GraphError(.foreignValue, at: nodes.count)
    }
    do {
      let shape = try op.shape(of: inputs.map { nodes[$0.index].shape })
      return append(Node(source: .operation(op, inputs), shape: shape))
    } catch let error as GraphError {
      throw GraphError(error.code, at: nodes.count)
    }
  }

  /// Names a value. A second tap of the same name replaces the first.
  package mutating func tap(_ name: String, _ value: Value) { taps[name] = value }

  package func shape(of value: Value) -> Shape { nodes[value.index].shape }

  /// The inputs of the node that makes `value`; empty for leaves.
  package func inputs(of value: Value) -> [Value] {
    if case .operation(_, let inputs) = nodes[value.index].source { return inputs }
    return []
  }

  /// The operator that makes `value`, nil for leaves.
  package func op(of value: Value) -> (any Operator)? {
    if case .operation(let op, _) = nodes[value.index].source { return op }
    return nil
  }

  /// The parameters by name, in the order they were added.
  package var parameters: [(name: String, value: Value)] {
    nodes.indices.compactMap { index in
      if case .parameter(let name) = nodes[index].source { return (name, Value(index: index)) }
      return nil
    }
  }

  /// The inputs by name, in the order they were added.
  package var inputs: [(name: String, value: Value)] {
    nodes.indices.compactMap { index in
      if case .input(let name) = nodes[index].source { return (name, Value(index: index)) }
      return nil
    }
  }

  private mutating func append(_ node: Node) -> Value {
    nodes.append(node)
    return Value(index: nodes.count - 1)
  }

  /// Traps when a name comes back with another shape: builders are ours.
  private mutating func leaf(_ key: String, _ source: Source, _ shape: Shape) -> Value {
    if let value = named[key] {
      precondition(nodes[value.index].shape == shape, "one name, two shapes")
      return value
    }
    let value = append(Node(source: source, shape: shape))
    named[key] = value
    return value
  }
}
