import Tensors

extension Plan: CustomStringConvertible {
  /// One step a line with the memory it writes, then the memory of the whole.
  package var description: String {
    guard !options.portable else { return rewritten.description }
    let lines = steps.enumerated().map { "\($0.offset): " + line($0.element) }
    let passes = report.map { "# \($0)" }
    let memory = [
      "# memory: arena \(4 * arena.count) bytes, packed weights \(preparedBytes) bytes, "
        + "scratch \(scratchBytes(threads: 1)) bytes for one worker"
    ]
    return (passes + lines + memory).joined(separator: "\n") + "\n"
  }

  /// A step as a profile names it.
  func text(of step: PlannedStep) -> String { name(step) + " : \(buffers[step.output].shape)" }

  private func line(_ step: PlannedStep) -> String {
    let inputs = step.inputs.map { place($0) }.joined(separator: ", ")
    return "%\(step.node) \(place(step.output)) = \(name(step))(\(inputs)) : "
      + "\(buffers[step.output].shape)"
  }

  private func name(_ step: PlannedStep) -> String {
    switch step.action {
    case .kernel(let kernel): kernel.text
    case .forward(let op):
      type(of: op).name + (op.attributes.isEmpty ? "" : " " + op.attributes) + " [plain]"
    case .toChannelsLast: "to_channels_last"
    case .toDense: "to_dense"
    case .copy: "copy_channels"
    }
  }

  /// "@offset" in the arena, with "/pitch" for a range of channels, or the leaf node.
  private func place(_ index: Int) -> String {
    let buffer = buffers[index]
    switch buffer.storage {
    case .leaf(let node): return "%\(node)"
    case .arena(let root, let offset):
      let pitch = buffer.pitch.flatMap { $0 == buffer.shape[1] ? nil : "/\($0)" } ?? ""
      return "@\((arena.offsets[root] ?? 0) + offset)" + pitch
    }
  }
}
