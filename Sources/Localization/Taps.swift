import Graphs
import Tensors

/// Places in the graph of a classifier that maps are made of.
enum Taps {
  /// The tap of a name, "features" for nil: [1, C, h, w], and the logits depend on it. Throws
  /// `.noTap`.
  static func layer(_ name: String?, of graph: Graph) throws -> Value {
    guard let layer = graph.taps[name ?? "features"], graph.shape(of: layer).rank == 4,
      graph.shape(of: layer)[0] == 1, let logits = graph.taps["logits"],
      sources(of: logits, in: graph).contains(layer)
    else { throw LocalizationError(.noTap) }
    return layer
  }

  /// The gradient of logit `label` with respect to `layer`, everything else held.
  static func slope(
    of label: Int, at layer: Value, in graph: inout Graph
  ) throws -> Value {
    let scalar = try graph.add(Sum(axes: [0]), logit(label, in: &graph))
    guard let slope = try graph.gradient(of: scalar, withRespectTo: [layer]).first else {
      throw LocalizationError(.noTap)
    }
    return slope
  }

  /// Logit `label`, of one element. Throws `.noTap` without logits, `.noHead` without that one.
  static func logit(_ label: Int, in graph: inout Graph) throws -> Value {
    guard let logits = graph.taps["logits"], graph.shape(of: logits).rank == 2 else {
      throw LocalizationError(.noTap)
    }
    let outputs = graph.shape(of: logits)[1]
    return try pick(label, of: outputs, from: logits, area: 1, in: &graph)
  }

  /// Row `label` of a value seen as `[outputs, area]`.
  static func pick(
    _ label: Int, of outputs: Int, from value: Value, area: Int, in graph: inout Graph
  ) throws -> Value {
    guard (0..<outputs).contains(label) else { throw LocalizationError(.noHead) }
    var choice = [Float](repeating: 0, count: outputs)
    choice[label] = 1
    let rows = try graph.add(Reshape([outputs, area]), value)
    let mask = graph.constant(Tensor([outputs, 1], choice))
    return try graph.add(Sum(axes: [0]), try graph.add(Multiply(), rows, mask))
  }

  /// The input of the last pooling of a graph for one picture.
  static func beforeLastPooling(of graph: Graph) -> Value? {
    guard let logits = graph.taps["logits"] else { return nil }
    let pools = sources(of: logits, in: graph).filter { graph.op(of: $0) is MaxPool2d }
    let last = pools.max { $0.index < $1.index }
    return last.flatMap { graph.inputs(of: $0).first }
  }

  /// The value and all that it is computed from.
  private static func sources(of value: Value, in graph: Graph) -> Set<Value> {
    var open = [value]
    var seen: Set<Value> = [value]
    while let next = open.popLast() {
      for input in graph.inputs(of: next) where seen.insert(input).inserted {
        open.append(input)
      }
    }
    return seen
  }
}

/// The linear layer that reads the global mean of a map: `logits = mean(A) w^T + b`, whatever its
/// parameters are called.
struct LinearHead {
  /// [outputs, C], a parameter or a constant.
  let weight: Value

  /// Throws `.noHead` unless the logits are exactly that of `features`.
  init(after features: Value, in graph: Graph) throws {
    let head = try Self.any(in: graph)
    guard Self.isMean(head.pooled, of: features, in: graph) else {
      throw LocalizationError(.noHead)
    }
    weight = head.weight
  }

  /// The linear layer that gives the logits, whatever it reads: `logits = pooled w^T + b`. Throws
  /// `.noHead` where there is none.
  static func any(in graph: Graph) throws -> (pooled: Value, weight: Value) {
    guard let logits = graph.taps["logits"],
      let product = withoutBias(logits, in: graph),
      (graph.op(of: product) as? MatMul).map({ !$0.transposeLeft && $0.transposeRight }) ?? false
    else { throw LocalizationError(.noHead) }
    let inputs = graph.inputs(of: product)
    guard isFixed(inputs[1], in: graph) else { throw LocalizationError(.noHead) }
    return (inputs[0], inputs[1])
  }

  private static func withoutBias(_ logits: Value, in graph: Graph) -> Value? {
    guard graph.op(of: logits) is Add else { return logits }
    let terms = graph.inputs(of: logits)
    let others = terms.filter { !isFixed($0, in: graph) }
    return others.count == 1 ? others[0] : nil
  }

  /// True for a parameter or a constant.
  private static func isFixed(_ value: Value, in graph: Graph) -> Bool {
    switch graph.nodes[value.index].source {
    case .parameter, .constant: true
    case .input, .operation: false
    }
  }

  /// The forms that a global mean is written in: a scaled sum, or pooling to one cell.
  static func isMean(_ value: Value, of features: Value, in graph: Graph) -> Bool {
    let value = withoutReshapes(value, in: graph)
    guard let input = graph.inputs(of: value).first else { return false }
    let form = graph.shape(of: features)
    switch graph.op(of: value) {
    case let scale as Scale:
      let sum = withoutReshapes(input, in: graph)
      return scale.factor == 1 / Float(form[2] * form[3])
        && (graph.op(of: sum) as? Sum)?.axes == [2, 3] && graph.inputs(of: sum) == [features]
    case is AdaptiveAveragePool2d:
      return graph.shape(of: value) == [form[0], form[1], 1, 1] && input == features
    default: return false
    }
  }

  private static func withoutReshapes(_ value: Value, in graph: Graph) -> Value {
    var value = value
    while graph.op(of: value) is Reshape, let input = graph.inputs(of: value).first {
      value = input
    }
    return value
  }
}
