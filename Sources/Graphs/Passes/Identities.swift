import Tensors

/// Leaves out operators that give back their input, and joins consecutive reshapes.
///
/// Gradients leave many of them. `Detach` is one: the gradients are in the graph already.
struct Identities: Pass {
  static let name = "identities"

  mutating func replace(_ value: Value, in rewriting: inout Rewriting) throws -> Value? {
    let graph = rewriting.source
    guard let op = graph.op(of: value), let x = graph.inputs(of: value).first else { return nil }
    if Self.isIdentity(op, graph, value) { return rewriting.image(of: x) }
    if op is Reshape { return try reshape(value, of: x, in: &rewriting) }
    if let slice = op as? Slice { return part(slice, of: x, in: rewriting) }
    return nil
  }

  private static func isIdentity(_ op: any Operator, _ graph: Graph, _ value: Value) -> Bool {
    let inputs = graph.inputs(of: value)
    let sameShape = graph.shape(of: inputs[0]) == graph.shape(of: value)
    switch op {
    case is Detach: return true
    case is Reshape, is Embed, is Slice, is BroadcastTo: return sameShape
    case let op as Scale: return op.factor == 1
    case let op as Offset: return op.amount == 0
    case let op as Permute: return op.order == Array(op.order.indices)
    case let op as Sum: return op.axes.isEmpty
    case is Concat: return inputs.count == 1
    default: return false
    }
  }

  /// Reads through earlier reshapes: only the last shape counts.
  private func reshape(
    _ value: Value, of x: Value, in rewriting: inout Rewriting
  ) throws -> Value? {
    let image = rewriting.image(of: x)
    guard rewriting.result.op(of: image) is Reshape else { return nil }
    let root = rewriting.result.inputs(of: image)[0]
    let shape = rewriting.source.shape(of: value)
    if rewriting.result.shape(of: root) == shape { return root }
    return try rewriting.emit(Reshape(shape), [root])
  }

  /// A slice that is one of the parts of a concatenation.
  private func part(_ slice: Slice, of x: Value, in rewriting: Rewriting) -> Value? {
    guard let concat = rewriting.source.op(of: x) as? Concat, concat.axis == slice.axis else {
      return nil
    }
    var start = 0
    for part in rewriting.source.inputs(of: x) {
      let count = rewriting.source.shape(of: part)[slice.axis]
      if start == slice.start && count == slice.count { return rewriting.image(of: part) }
      start += count
    }
    return nil
  }
}
