import Tensors

/// Mean and biased variance of each channel of an N, C, ... tensor: the rows of a [2, C] tensor.
package struct BatchStatistics: Operator {
  package static let name = "batch_statistics"

  package init() {}

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    try Self.require(inputs[0].rank >= 2 && inputs[0].count > 0)
    return [2, inputs[0][1]]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    ChannelKernels.statistics(inputs[0], workspace)
  }

  /// `dx = dMean / m + 2 dVariance (x - mean) / m` with `m` elements per channel.
  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let x = graph.inputs(of: output)[0]
    let shape = graph.shape(of: x)
    let share = Float(shape[1]) / Float(shape.count)
    let mean = try graph.channelRow(0, of: output, like: shape)
    let centered = try graph.add(Subtract(), x, mean)
    let fromMean = try graph.add(Scale(share), graph.channelRow(0, of: upstream, like: shape))
    let slope = try graph.add(Scale(2 * share), graph.channelRow(1, of: upstream, like: shape))
    return [try graph.add(Add(), graph.add(Multiply(), centered, slope), fromMean)]
  }
}

extension Graph {
  /// Row `row` of a [rows, C] tensor, shaped to broadcast along axis 1 of `shape`.
  mutating func channelRow(_ row: Int, of table: Value, like shape: Shape) throws -> Value {
    let slice = try add(Slice(axis: 0, start: row, count: 1), table)
    return try add(Reshape(channelShape(shape)), slice)
  }

  /// A [C] tensor, shaped to broadcast along axis 1 of `shape`.
  mutating func channels(_ vector: Value, like shape: Shape) throws -> Value {
    try add(Reshape(channelShape(shape)), vector)
  }

  private func channelShape(_ shape: Shape) -> Shape {
    Shape([shape[1]] + [Int](repeating: 1, count: shape.rank - 2))
  }
}
