import Tensors

/// One tensor of a plan: its shape, its layout, and where its elements lie.
struct PlannedBuffer: Sendable {
  enum Storage: Sendable, Hashable {
    /// The tensor of a node that comes from outside: an input, a parameter, a constant, or what
    /// follows from parameters alone; always dense.
    case leaf(node: Int)
    /// Memory of buffer `root`, from `offset` floats on.
    case arena(root: Int, offset: Int)
  }

  let shape: Shape
  let layout: TensorLayout
  var storage: Storage
  /// Floats between neighbouring pixels; nil for a dense tensor.
  var pitch: Int?

  /// Floats of a buffer with memory of its own.
  let floats: Int

  /// True where both layouts are the same sequence of floats.
  var isPlain: Bool {
    guard shape.rank == 4 else { return layout == .dense }
    let area = shape[2] * shape[3]
    return (area == 1 || shape[1] == 1) && (pitch ?? shape[1]) == shape[1]
  }
}

/// What happens at one step, to which buffers.
struct PlannedStep: Sendable {
  enum Action: Sendable {
    case kernel(any PlannedKernel)
    /// The plain path: inputs as tensors, the result copied to the output.
    case forward(any Operator)
    case toChannelsLast
    case toDense
    /// Channels from one picture into a range of another.
    case copy
  }

  let node: Int
  let action: Action
  let inputs: [Int]
  let output: Int
  /// Where the packed weight lies: in prepared memory, or packed at each run into a buffer.
  var packed: Packed?

  enum Packed: Sendable {
    case prepared(offset: Int)
    case buffer(Int)
  }

  /// Every buffer that the step reads or writes.
  var touched: [Int] {
    if case .buffer(let index) = packed { return inputs + [output, index] }
    return inputs + [output]
  }
}
