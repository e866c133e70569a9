import Graphs
import Tensors
import Testing

/// One use of an operator: how to build it, and what it means in naive double precision.
struct OperatorCase: Sendable, CustomTestStringConvertible {
  /// What the gradient of the operator is held to.
  enum Rule: Sendable {
    /// Finite differences of the reference; to second order too when `second`.
    case differences(second: Bool)
    /// Zero, whatever the reference says.
    case zero
    /// Asking for it throws `.noGradient`.
    case refused
  }

  let op: any Operator.Type
  let label: String
  let shapes: [Shape]
  var range: ClosedRange<Double> = -1...1
  var rule = Rule.differences(second: true)
  /// Inputs that are differentiated; nil means all.
  var targets: [Int]?
  let build: @Sendable (inout Graph, [Value]) throws -> Value
  let reference: @Sendable ([Reference]) -> Reference

  var testDescription: String { "\(op.name) \(label)" }

  init(
    _ op: any Operator.Type, _ label: String = "", _ shapes: [Shape],
    range: ClosedRange<Double> = -1...1, rule: Rule = .differences(second: true),
    targets: [Int]? = nil, build: @escaping @Sendable (inout Graph, [Value]) throws -> Value,
    reference: @escaping @Sendable ([Reference]) -> Reference
  ) {
    self.op = op
    self.label = label
    self.shapes = shapes
    self.range = range
    self.rule = rule
    self.targets = targets
    self.build = build
    self.reference = reference
  }

  /// A case of one operator applied to all inputs.
  init(
    _ op: some Operator, _ label: String = "", _ shapes: [Shape],
    range: ClosedRange<Double> = -1...1, rule: Rule = .differences(second: true),
    targets: [Int]? = nil, reference: @escaping @Sendable ([Reference]) -> Reference
  ) {
    self.init(
      type(of: op), label, shapes, range: range, rule: rule, targets: targets,
      build: { try $0.add(op, $1) }, reference: reference)
  }

  /// The inputs of this case: the same on every run.
  var inputs: [Reference] {
    var numbers = TestNumbers(seed: UInt64(op.name.utf8.reduce(7) { $0 &* 31 &+ Int($1) } & 0xffff))
    return shapes.map { Reference($0, numbers.list($0.count, range)) }
  }
}

/// The graph of a case: the output, a weighted sum of it, and its gradients.
struct CaseGraph {
  var graph = Graph()
  var inputs: [Value] = []
  let output: Value
  /// Weights of the scalar `sum of weights * output`.
  let weights: [Double]
  let scalar: Value

  init(_ test: OperatorCase) throws {
    for (index, shape) in test.shapes.enumerated() {
      inputs.append(graph.input("x\(index)", shape))
    }
    output = try test.build(&graph, inputs)
    let shape = graph.shape(of: output)
    var numbers = TestNumbers(seed: 99)
    weights = numbers.list(shape.count)
    let constant = graph.constant(Tensor(shape, weights.map { Float($0) }))
    let product = try graph.add(Multiply(), output, constant)
    scalar = try graph.add(Sum(axes: Array(shape.dims.indices)), product)
  }

  func run(
    _ values: [Value], _ test: OperatorCase, threads: Int = 1, options: PlanOptions = PlanOptions()
  ) throws -> [Tensor] {
    let named = test.inputs.enumerated().map { ("x\($0.offset)", $0.element.tensor) }
    return try Plan(graph, outputs: values, options: options)
      .run(inputs: Dictionary(uniqueKeysWithValues: named), workspace: Workspace(threads: threads))
  }
}
