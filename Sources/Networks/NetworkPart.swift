import Graphs

extension NetworkSpec {
  /// Adds the layers of this network over a value of a graph that has others in it.
  ///
  /// Parameters carry `prefix` before their names; adding it again with the same prefix gives a
  /// second use of the same weights. Batch normalisation takes the statistics of the batch in
  /// `training`, else its running averages.
  /// - Parameter image: [N, C, H, W].
  /// - Returns: the taps of this use. Throws `ModelError` as `build`.
  package func apply(
    to image: Value, in graph: inout Graph, prefix: String = "", training: Bool
  ) throws -> [String: Value] {
    try layout.check()
    var builder = NetworkBuilder(
      training ? .training : .evaluation, graph: graph, prefix: prefix)
    do {
      try layout.write(image, into: &builder)
    } catch is GraphError {
      throw ModelError(.inputSize)
    }
    graph = builder.graph
    return graph.taps
  }
}
