import Tensors

/// A graph prepared for running: rewritten, compiled to kernels over one block of memory.
///
/// A value: any number of threads may run one plan, each with a workspace of its own; they share
/// the weights that `prepare` packed. The bits of a result do not depend on the threads.
package struct Plan: Sendable {
  /// The names that `run` needs, in the order of the graph.
  package let inputNames: [String]
  package let parameterNames: [String]
  package let options: PlanOptions
  /// What each rewriting has changed.
  package let report: [PassReport]
  /// The graph as it runs; equal to the given one where the plan is portable.
  package let rewritten: Graph

  let outputs: [Int]
  let buffers: [PlannedBuffer]
  let steps: [PlannedStep]
  let arena: Arena
  let packedCount: Int
  private let interpreter: Interpreter?
  private let inputs: [(name: String, node: Int)]

  /// Throws `.foreignValue` when an output is not of this graph, and `.memoryLimit` when the plan
  /// needs more than the options allow.
  package init(_ graph: Graph, outputs: [Value], options: PlanOptions = PlanOptions()) throws {
    guard outputs.allSatisfy({ $0.index < graph.nodes.count }) else {
      throw GraphError(.foreignValue)
    }
    self.options = options
    let needed = Set(Liveness.needed(graph, outputs))
    inputNames = graph.inputs.filter { needed.contains($0.value.index) }.map(\.name)
    parameterNames = graph.parameters.filter { needed.contains($0.value.index) }.map(\.name)
    if options.portable {
      let interpreter = try Interpreter(graph, outputs: outputs)
      self.interpreter = interpreter
      (rewritten, report) = (graph, [])
      (buffers, steps, self.outputs, inputs, packedCount) = ([], [], [], [], 0)
      arena = Arena([], [], kept: [])
    } else {
      interpreter = nil
      let passes = try Passes.optimize(graph, outputs: outputs)
      (rewritten, report) = (passes.graph, passes.report)
      var compiler = PlanCompiler(passes.graph, outputs: passes.outputs, options: options)
      let finished = passes.outputs.map { compiler.finished($0) }
      let kept = Plan.roots(finished, compiler.buffers)
      compiler.reuseInPlace(kept: kept)
      buffers = compiler.buffers
      steps = compiler.steps
      packedCount = compiler.packedCount
      self.outputs = finished
      arena = Arena(buffers, steps, kept: Plan.roots(finished, buffers))
      inputs = passes.graph.inputs.map { ($0.name, $0.value.index) }
    }
    if let limit = options.memoryLimit, peakBytes > limit {
      throw GraphError(.memoryLimit, needed: peakBytes, allowed: limit)
    }
  }

  /// The roots of arena buffers.
  private static func roots(_ list: [Int], _ buffers: [PlannedBuffer]) -> Set<Int> {
    Set(
      list.compactMap {
        if case .arena(let root, _) = buffers[$0].storage { root } else { nil }
      })
  }

  /// Bytes of intermediate tensors and of one worker's scratch memory, known before a run. Not
  /// counted: inputs, outputs as they are handed over, and parameters with their packed form
  /// (`preparedBytes`).
  package var peakBytes: Int {
    interpreter?.peakBytes ?? 4 * arena.count + scratchBytes(threads: 1)
  }

  /// Bytes of packed weights.
  package var preparedBytes: Int { 4 * packedCount }

  /// Bytes of scratch memory of `threads` workers.
  package func scratchBytes(threads: Int) -> Int {
    var (own, shared) = (0, 0)
    for step in steps {
      guard case .kernel(let kernel) = step.action else { continue }
      let need = kernel.scratch(threads: threads)
      (own, shared) = (max(own, need.perWorker), max(shared, need.shared))
    }
    return 4 * (own * threads + shared)
  }

  /// Computes the outputs in the order they were asked for, with weights packed for this run
  /// alone; `prepare` does it once for many runs.
  ///
  /// Throws `.missingInput`, `.missingParameter`, `.inputShape` or `.parameterShape` with the
  /// node, and `.notFinite` where numbers are checked.
  package func run(
    inputs: [String: Tensor], parameters: Parameters = Parameters(), workspace: Workspace
  ) throws -> [Tensor] {
    if let interpreter {
      return try interpreter.run(inputs: inputs, parameters: parameters, workspace: workspace)
    }
    let memory = workspace.memory(.weights, count: packedCount)
    let prepared = try PreparedPlan(self, parameters, memory: memory, threads: workspace.threads)
    return try run(inputs: inputs, prepared: prepared, workspace: workspace)
  }

  /// Packs the weights; the result may be shared by any number of runs of this plan.
  ///
  /// Throws `.missingParameter` or `.parameterShape` with the node.
  package func prepare(_ parameters: Parameters, threads: Int = 1) throws -> PreparedPlan {
    try PreparedPlan(
      self, parameters, memory: FloatMemory(count: packedCount), threads: threads)
  }

  /// As above, with weights that were packed before.
  package func run(
    inputs: [String: Tensor], prepared: PreparedPlan, workspace: Workspace
  ) throws -> [Tensor] {
    if let interpreter {
      return try interpreter.run(
        inputs: inputs, parameters: prepared.parameters, workspace: workspace)
    }
    return try bound(inputs, prepared, workspace) { try $0.outputs() }
  }

  /// Checks the inputs and lends them to one run.
  func bound<R>(
    _ inputs: [String: Tensor], _ prepared: PreparedPlan, _ workspace: Workspace,
    _ body: (PlanRun) throws -> R
  ) throws -> R {
    var given: [Int: Int] = [:]
    var tensors: [Tensor] = []
    for (name, node) in self.inputs {
      guard let tensor = inputs[name] else { throw GraphError(.missingInput, at: node) }
      guard tensor.shape == rewritten.nodes[node].shape else {
        throw GraphError(.inputShape, at: node)
      }
      given[node] = tensors.count
      tensors.append(tensor)
    }
    return try withCells(of: tensors) { cells in
      try body(
        PlanRun(
          plan: self, prepared: prepared, inputs: given.mapValues { (tensors[$0], cells[$0]) },
          workspace: workspace))
    }
  }
}
