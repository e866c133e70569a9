import Graphs
import Tensors
import Testing

/// Numbers for every input and parameter of a graph; variances are positive.
struct GraphNumbers {
  var inputs: [String: Tensor] = [:]
  var parameters = Parameters()

  init(_ graph: Graph, seed: UInt64) {
    var numbers = TestNumbers(seed: seed)
    func tensor(_ name: String, _ shape: Shape) -> Tensor {
      let range = name.hasSuffix("running_var") ? 0.5...2 : -1...1.0
      return Tensor(shape, numbers.list(shape.count, range).map { Float($0) })
    }
    for (name, value) in graph.inputs { inputs[name] = tensor(name, graph.shape(of: value)) }
    for (name, value) in graph.parameters {
      parameters[name] = tensor(name, graph.shape(of: value))
    }
  }
}

/// A small graph under construction, in the words of the patterns that passes look for.
struct PassGraph {
  var graph = Graph()
  private var count = 0

  mutating func input(_ shape: Shape) -> Value {
    count += 1
    return graph.input("input\(count)", shape)
  }

  mutating func parameter(_ shape: Shape) -> Value {
    count += 1
    return graph.parameter("parameter\(count)", shape)
  }

  mutating func add(_ op: some Operator, _ inputs: Value...) throws -> Value {
    try graph.add(op, inputs)
  }

  /// A convolution with parameters of its own; padded so that planes keep their extent.
  mutating func conv(
    _ x: Value, _ channels: Int, kernel: Int = 3, bias: Bool = false, groups: Int = 1
  ) throws -> Value {
    let weight = parameter([channels, graph.shape(of: x)[1] / groups, kernel, kernel])
    let op = Conv2d(padding: kernel / 2, groups: groups)
    return try graph.add(op, [x, weight] + (bias ? [parameter([channels])] : []))
  }

  mutating func norm(_ x: Value, training: Bool = false) throws -> Value {
    count += 1
    return try graph.batchNorm(x, name: "bn\(count)", training: training)
  }

  mutating func relu(_ x: Value) throws -> Value { try graph.add(Relu(), x) }

  mutating func sum(_ a: Value, _ b: Value) throws -> Value { try graph.add(Add(), a, b) }

  /// The sum of the squares of a value, and its gradients.
  mutating func gradients(of y: Value, _ targets: [Value]) throws -> [Value] {
    let all = Array(graph.shape(of: y).dims.indices)
    let scalar = try add(Sum(axes: all), add(Square(), y))
    return [scalar] + (try graph.gradient(of: scalar, withRespectTo: targets))
  }

  /// Rewrites the graph, checks that it computes the same, and gives back what is left to compute
  /// in each run, a line an operator. Mutating, so that its arguments may add nodes.
  mutating func optimized(
    _ outputs: Value..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [String] {
    try Self.check(graph, outputs, sourceLocation: sourceLocation).steps
  }

  /// Rewrites a graph and expects equal outputs within 1e-5 of the largest element of each.
  @discardableResult
  static func check(
    _ graph: Graph, _ outputs: [Value], seed: UInt64 = 1,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Graph {
    let numbers = GraphNumbers(graph, seed: seed)
    let (rewritten, ends, report) = try Passes.optimize(graph, outputs: outputs)
    let before = try PlanTests.naiveRun(graph, outputs, numbers.inputs, numbers.parameters)
    let after = try PlanTests.naiveRun(rewritten, ends, numbers.inputs, numbers.parameters)
    for (a, b) in zip(before, after) {
      #expect(a.shape == b.shape, sourceLocation: sourceLocation)
      expectClose(b, a.values.map { Double($0) }, 1e-5, sourceLocation: sourceLocation)
    }
    #expect(ends.count == outputs.count && report.last?.nodes == rewritten.nodes.count)
    return rewritten
  }
}

extension Graph {
  /// The operators that an input reaches, with their attributes.
  var steps: [String] {
    zip(nodes, dependsOnInputs).compactMap { node, reached in
      guard reached, case .operation(let op, _) = node.source else { return nil }
      return op.attributes.isEmpty ? type(of: op).name : "\(type(of: op).name) \(op.attributes)"
    }
  }
}
