import Tensors

extension Graph {
  /// Adds the nodes of the gradient of `scalar` with respect to each target, in reverse mode.
  ///
  /// Targets may be parameters, inputs or intermediate values: everything else is held. The
  /// result is ordinary nodes, so that a gradient of it is a second derivative. A target that
  /// the scalar does not depend on gets a constant of zeros.
  /// Throws `.notScalar` when `scalar` has more than one element, and what operators throw.
  package mutating func gradient(
    of scalar: Value, withRespectTo targets: [Value]
  ) throws -> [Value] {
    guard let last = ([scalar] + targets).map(\.index).max(), last < nodes.count else {
      throw GraphError(.foreignValue)
    }
    guard shape(of: scalar).count == 1 else { throw GraphError(.notScalar, at: scalar.index) }
    self.targets = Set(targets)
    defer { self.targets = [] }
    let live = between(targets, and: scalar)
    var flow: [Value: Value] = [:]
    flow[scalar] = constant(
      Tensor(shape(of: scalar), [Float](repeating: 1, count: shape(of: scalar).count)))
    for index in stride(from: scalar.index, through: 0, by: -1) where live[index] {
      let value = Value(index: index)
      guard let upstream = flow[value], case .operation(let op, let inputs) = nodes[index].source
      else { continue }
      guard inputs.contains(where: { live[$0.index] }) else { continue }
      let parts = try op.gradients(of: value, upstream: upstream, in: &self)
      for (input, part) in zip(inputs, parts) where live[input.index] {
        guard let part else { continue }
        flow[input] = try flow[input].map { try add(Add(), $0, part) } ?? part
      }
    }
    return targets.map { flow[$0] ?? constant(Tensor(zeros: shape(of: $0))) }
  }

  /// True inside `gradient` when `value` itself was asked for, so that an operator must not take
  /// a short cut around it.
  func isTarget(_ value: Value) -> Bool { targets.contains(value) }

  /// Marks the nodes that depend on a target and on which the scalar may depend.
  private func between(_ targets: [Value], and scalar: Value) -> [Bool] {
    var live = [Bool](repeating: false, count: nodes.count)
    for target in targets { live[target.index] = true }
    for index in nodes.indices where index <= scalar.index && !live[index] {
      live[index] = inputs(of: Value(index: index)).contains { live[$0.index] }
    }
    return live
  }
}
