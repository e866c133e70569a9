import Tensors

/// A graph run operator by operator through `Operator.forward`: only what the wanted outputs need,
/// each tensor released after its last use. The portable fallback, and what kernels are held to.
struct Interpreter: Sendable {
  private struct Step: Sendable {
    let value: Int
    let op: any Operator
    let inputs: [Int]
    /// Nodes that nobody reads after this step.
    let dying: [Int]
    /// Bytes of new memory for the output; 0 when it shares storage.
    let bytes: Int
  }

  /// Bytes of intermediate and output tensors alive at the worst moment of a run, known before
  /// it. Inputs, parameters and constants are not counted; convolutions use besides at most
  /// `Convolution.columnBytes` per thread (or one column block where that is larger).
  let peakBytes: Int
  private let nodes: [Graph.Node]
  private let outputs: [Int]
  private let steps: [Step]
  private let leaves: [Int]

  /// Throws `.foreignValue` when an output is not of this graph.
  init(_ graph: Graph, outputs: [Value]) throws {
    guard outputs.allSatisfy({ $0.index < graph.nodes.count }) else {
      throw GraphError(.foreignValue)
    }
    let needed = Liveness.needed(graph, outputs)
    let liveness = Liveness(graph, needed: needed, outputs: outputs)
    nodes = graph.nodes
    self.outputs = outputs.map(\.index)
    peakBytes = liveness.peakBytes
    leaves = needed.filter { graph.op(of: Value(index: $0)) == nil }
    steps = needed.compactMap { index in
      guard case .operation(let op, let inputs) = graph.nodes[index].source else { return nil }
      return Step(
        value: index, op: op, inputs: inputs.map(\.index), dying: liveness.dying[index] ?? [],
        bytes: op.sharesStorage ? 0 : graph.nodes[index].shape.bytes)
    }
  }

  /// Computes the outputs in the order they were asked for.
  ///
  /// Throws `.missingInput`, `.missingParameter`, `.inputShape` or `.parameterShape` with the
  /// node; the result has the same bits for every `workspace.threads`.
  func run(
    inputs: [String: Tensor], parameters: Parameters, workspace: Workspace
  ) throws -> [Tensor] {
    var values = [Tensor?](repeating: nil, count: nodes.count)
    for index in leaves { values[index] = try leaf(index, inputs, parameters) }
    var alive = 0
    for step in steps {
      alive += step.bytes
      workspace.poolLimit = peakBytes - alive
      let arguments = step.inputs.compactMap { values[$0] }
      precondition(arguments.count == step.inputs.count, "a buffer was released too early")
      values[step.value] = step.op.forward(arguments, in: workspace)
      release(step, &values, &alive, workspace)
    }
    return outputs.compactMap { values[$0] }
  }

  /// Recycles what dies; buffers alive and buffers kept together stay within `peakBytes`.
  private func release(
    _ step: Step, _ values: inout [Tensor?], _ alive: inout Int, _ workspace: Workspace
  ) {
    for index in step.dying {
      guard let tensor = values[index].take() else { continue }
      if case .operation(let op, _) = nodes[index].source, !op.sharesStorage {
        alive -= nodes[index].shape.bytes
        workspace.poolLimit = peakBytes - alive
        workspace.recycle(tensor)
      }
    }
  }

  private func leaf(
    _ index: Int, _ inputs: [String: Tensor], _ parameters: Parameters
  ) throws -> Tensor {
    let shape = nodes[index].shape
    switch nodes[index].source {
    case .constant(let tensor): return tensor
    case .input(let name):
      guard let tensor = inputs[name] else { throw GraphError(.missingInput, at: index) }
      guard tensor.shape == shape else { throw GraphError(.inputShape, at: index) }
      return tensor
    case .parameter(let name):
      guard let tensor = parameters[name] else { throw GraphError(.missingParameter, at: index) }
      guard tensor.shape == shape else { throw GraphError(.parameterShape, at: index) }
      return tensor
    case .operation: preconditionFailure("not a leaf")
    }
  }
}
