import Tensors

/// The parameters of a plan as its kernels want them: packed weights, and the values that follow
/// from parameters alone. Read only; shared by any number of workers.
package struct PreparedPlan: Sendable {
  /// Of a portable plan, which reads them as they are; otherwise empty.
  let parameters: Parameters
  /// Packed weights, at the offsets of the steps.
  let packed: FloatMemory
  /// The tensors of leaf nodes other than inputs, by node.
  let tensors: [Int: Tensor]
  /// Copies of those that kernels read, at `offsets`.
  let memory: FloatMemory
  let offsets: [Int: Int]

  init(
    _ plan: Plan, _ parameters: Parameters, memory packed: FloatMemory, threads: Int
  ) throws {
    self.parameters = plan.options.portable ? parameters : Parameters()
    self.packed = packed
    let leaves = PreparedPlan.leaves(of: plan)
    var values: [Int: Tensor] = [:]
    let workspace = Workspace(threads: threads)
    for node in leaves.all.sorted() {
      values[node] = try PreparedPlan.evaluate(node, plan.rewritten, parameters, &values, workspace)
    }
    tensors = values.filter { leaves.kept.contains($0.key) }
    var offsets: [Int: Int] = [:]
    var count = 0
    for node in leaves.read.sorted() {
      offsets[node] = count
      count += FloatMemory.rounded(plan.rewritten.nodes[node].shape.count)
    }
    self.offsets = offsets
    memory = FloatMemory(count: count)
    for (node, offset) in offsets {
      guard let tensor = values[node] else { continue }
      withCells(tensor) { (memory.cells + offset).copy(from: $0, tensor.shape.count) }
    }
    pack(plan, values, threads)
  }

  /// The leaf nodes that steps or outputs need; of these what kernels read in place, and what is
  /// kept as a tensor.
  private struct Leaves {
    var all: Set<Int> = []
    var read: Set<Int> = []
    var kept: Set<Int> = []
  }

  private enum Use { case packed, read, kept }

  private static func leaves(of plan: Plan) -> Leaves {
    var leaves = Leaves()
    func note(_ buffer: Int, _ use: Use) {
      guard case .leaf(let node) = plan.buffers[buffer].storage else { return }
      if case .input = plan.rewritten.nodes[node].source { return }
      leaves.all.insert(node)
      switch use {
      case .packed: break
      case .read: leaves.read.insert(node)
      case .kept: leaves.kept.insert(node)
      }
    }
    for step in plan.steps {
      for (position, input) in step.inputs.enumerated() {
        switch step.action {
        case .kernel(let kernel):
          note(input, kernel.packing?.input == position ? .packed : .read)
        case .forward: note(input, .kept)
        case .toChannelsLast, .toDense, .copy: note(input, .read)
        }
      }
    }
    for output in plan.outputs { note(output, .kept) }
    return leaves
  }

  /// Computes a node from parameters and constants alone.
  private static func evaluate(
    _ node: Int, _ graph: Graph, _ parameters: Parameters, _ values: inout [Int: Tensor],
    _ workspace: Workspace
  ) throws -> Tensor {
    if let known = values[node] { return known }
    let shape = graph.nodes[node].shape
    switch graph.nodes[node].source {
    case .constant(let tensor): return tensor
    case .parameter(let name):
      guard let tensor = parameters[name] else { throw GraphError(.missingParameter, at: node) }
      guard tensor.shape == shape else { throw GraphError(.parameterShape, at: node) }
      return tensor
    case .operation(let op, let inputs):
      let arguments = try inputs.map {
        try evaluate($0.index, graph, parameters, &values, workspace)
      }
      let result = op.forward(arguments, in: workspace)
      values[node] = result
      return result
    case .input: preconditionFailure("an input is no parameter")
    }
  }

  private func pack(_ plan: Plan, _ values: [Int: Tensor], _ threads: Int) {
    let jobs = plan.steps.compactMap { step -> (any PlannedKernel, Tensor, Int)? in
      guard case .kernel(let kernel) = step.action, let packing = kernel.packing,
        case .prepared(let offset) = step.packed,
        case .leaf(let node) = plan.buffers[step.inputs[packing.input]].storage,
        let tensor = values[node]
      else { return nil }
      return (kernel, tensor, offset)
    }
    let target = packed.cells
    Parallel.forEach(count: jobs.count, width: threads) { index in
      let (kernel, tensor, offset) = jobs[index]
      withCells(tensor) { kernel.pack($0, into: target + offset) }
    }
  }
}
