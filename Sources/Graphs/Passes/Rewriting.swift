import Tensors

/// One kind of replacement, tried at every needed node of a graph in order.
protocol Pass: Sendable {
  /// Stable: it is printed in reports.
  static var name: String { get }

  init()

  /// The value of `rewriting.result` that takes the place of `value`; nil keeps its node.
  mutating func replace(_ value: Value, in rewriting: inout Rewriting) throws -> Value?
}

/// A walk over one graph that writes another: each node is copied or replaced.
///
/// A replacement stands where the replaced node stood, so that all its inputs are there already:
/// when several nodes become one, it stands at the last of them. What nobody needs after the walk
/// is left out, and taps of what is gone are dropped.
package struct Rewriting {
  package let source: Graph
  /// Which values of `source` no input reaches; see `parameterOnly(_:)`.
  package let parameterOnly: [Bool]
  /// The graph that is being written.
  package internal(set) var result = Graph()
  private let order: [Int]
  private let uses: [Int]
  private var images: [Value?]

  /// Throws `.foreignValue` when an output is not of the graph.
  init(_ source: Graph, outputs: [Value]) throws {
    guard outputs.allSatisfy({ $0.index < source.nodes.count }) else {
      throw GraphError(.foreignValue)
    }
    self.source = source
    parameterOnly = Graphs.parameterOnly(source)
    order = Liveness.needed(source, outputs)
    var uses = [Int](repeating: 0, count: source.nodes.count)
    for index in order {
      for input in source.inputs(of: Value(index: index)) { uses[input.index] += 1 }
    }
    // An output is wanted besides by whoever asked for it.
    for output in outputs { uses[output.index] += 2 }
    self.uses = uses
    images = Array(repeating: nil, count: source.nodes.count)
  }

  /// True when exactly one node reads `value`, once, and it is no output: it may vanish.
  package func isSole(_ value: Value) -> Bool { uses[value.index] == 1 }

  /// What stands for an earlier value of `source` in `result`.
  package func image(of value: Value) -> Value {
    guard let image = images[value.index] else {
      preconditionFailure("a value that comes later or is not needed")
    }
    return image
  }

  package func images(of values: [Value]) -> [Value] { values.map { image(of: $0) } }

  /// Adds a node to `result`; the inputs are values of `result`.
  package mutating func emit(_ op: some Operator, _ inputs: [Value]) throws -> Value {
    try result.add(op, inputs)
  }

  /// The inputs of the node of `value` that makes the value, when it is of type `op`.
  package func inputs<Op: Operator>(of value: Value, if op: Op.Type) -> [Value]? {
    source.op(of: value) is Op ? source.inputs(of: value) : nil
  }

  /// Walks the graph with a pass and drops what nobody needs any more.
  static func run<P: Pass>(
    _ type: P.Type, _ graph: Graph, outputs: [Value]
  ) throws -> (graph: Graph, outputs: [Value], count: Int) {
    var pass = type.init()
    let (written, ends, count) = try walk(graph, outputs) { try pass.replace($0, in: &$1) }
    guard count > 0 else { return (written, ends, 0) }
    let (pruned, kept, _) = try walk(written, ends) { _, _ in nil }
    return (pruned, kept, count)
  }

  private static func walk(
    _ graph: Graph, _ outputs: [Value],
    _ replace: (Value, inout Rewriting) throws -> Value?
  ) throws -> (Graph, [Value], Int) {
    var walk = try Rewriting(graph, outputs: outputs)
    var count = 0
    for index in walk.order {
      let value = Value(index: index)
      if let replacement = try replace(value, &walk) {
        walk.images[index] = replacement
        count += 1
      } else {
        walk.images[index] = try walk.copy(value)
      }
    }
    for (name, value) in graph.taps {
      if let image = walk.images[value.index] { walk.result.tap(name, image) }
    }
    return (walk.result, walk.images(of: outputs), count)
  }

  private mutating func copy(_ value: Value) throws -> Value {
    let node = source.nodes[value.index]
    switch node.source {
    case .input(let name): return result.input(name, node.shape)
    case .parameter(let name): return result.parameter(name, node.shape)
    case .constant(let tensor): return result.constant(tensor)
    case .operation(let op, let inputs): return try emit(op, images(of: inputs))
    }
  }
}
