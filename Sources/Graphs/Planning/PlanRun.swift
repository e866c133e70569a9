import Tensors

/// One run of a plan in the memory of one workspace.
struct PlanRun {
  let plan: Plan
  let prepared: PreparedPlan
  /// The given inputs by node: the tensor, and its elements.
  let inputs: [Int: (tensor: Tensor, cells: Cells)]
  let workspace: Workspace

  func outputs() throws -> [Tensor] { try run { _, body in try body() } }

  /// Runs every step through `around`, and hands over the outputs.
  func run(around: (PlannedStep, () throws -> Void) throws -> Void) throws -> [Tensor] {
    try Parallel.together(width: workspace.threads) {
      let arena = workspace.memory(.arena, count: plan.arena.count)
      workspace.poolLimit = 0
      let operands = plan.buffers.map { operand($0, arena.cells) }
      for step in plan.steps {
        try around(step) {
          run(step, operands)
          if plan.options.checkNumerics { try check(operands[step.output], step.node) }
        }
      }
      return plan.outputs.map { handOver($0, operands) }
    }
  }

  private func operand(_ buffer: PlannedBuffer, _ arena: Cells) -> Operand {
    let cells: Cells
    switch buffer.storage {
    case .leaf(let node):
      // Tensors that only `forward` reads have no place in prepared memory.
      cells =
        inputs[node]?.cells
        ?? prepared.offsets[node].map { prepared.memory.cells + $0 } ?? prepared.memory.cells
    case .arena(let root, let offset): cells = arena + ((plan.arena.offsets[root] ?? 0) + offset)
    }
    return Operand(cells, buffer.shape, pitch: buffer.pitch)
  }

  private func run(_ step: PlannedStep, _ operands: [Operand]) {
    let output = operands[step.output]
    switch step.action {
    case .kernel(let kernel):
      var packed: Cells?
      switch step.packed {
      case .prepared(let offset): packed = prepared.packed.cells + offset
      case .buffer(let index):
        packed = operands[index].cells
        if let packing = kernel.packing {
          kernel.pack(operands[step.inputs[packing.input]].cells, into: operands[index].cells)
        }
      case nil: break
      }
      kernel.run(step.inputs.map { operands[$0] }, packed: packed, into: output, workspace)
    case .forward(let op):
      let result = op.forward(step.inputs.map { tensor($0, operands) }, in: workspace)
      withCells(result) { output.cells.copy(from: $0, output.shape.count) }
    case .toChannelsLast:
      Layout.toChannelsLast(
        operands[step.inputs[0]].cells, output.view, threads: workspace.threads)
    case .toDense:
      Layout.toPlanes(operands[step.inputs[0]].view, output.cells, threads: workspace.threads)
    case .copy:
      PixelKernels(plan.options.kernels)
        .copy(operands[step.inputs[0]].view, into: output.view, threads: workspace.threads)
    }
  }

  /// A dense buffer as a tensor of its own.
  private func tensor(_ index: Int, _ operands: [Operand]) -> Tensor {
    let operand = operands[index]
    if case .leaf(let node) = plan.buffers[index].storage,
      let tensor = inputs[node]?.tensor ?? prepared.tensors[node]
    {
      return tensor.reshaped(operand.shape)
    }
    return workspace.tensor(operand.shape) { $0.copy(from: operand.cells, operand.shape.count) }
  }

  private func handOver(_ index: Int, _ operands: [Operand]) -> Tensor {
    let operand = operands[index]
    guard plan.buffers[index].layout == .channelsLast else { return tensor(index, operands) }
    return workspace.tensor(operand.shape) {
      Layout.toPlanes(operand.view, $0, threads: workspace.threads)
    }
  }

  /// Throws `.notFinite` with the node when an element is NaN or infinite.
  private func check(_ operand: Operand, _ node: Int) throws {
    let width = operand.pitch == nil ? operand.shape.count : operand.shape[1]
    guard width > 0 else { return }
    for row in 0..<operand.shape.count / width {
      let cells = operand.cells + row * (operand.pitch ?? width)
      for index in 0..<width where !cells[index].isFinite {
        throw GraphError(.notFinite, at: node)
      }
    }
  }
}
