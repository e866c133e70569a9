import Tensors

/// The sum over some axes, which disappear from the shape.
///
/// Sums in single precision per run of the last axis and in double precision across runs.
package struct Sum: Operator {
  package static let name = "sum"
  /// Ascending, without repeats.
  package let axes: [Int]

  package init(axes: [Int]) { self.axes = axes.sorted() }

  package var attributes: String { "axes=" + axes.map(String.init).joined(separator: ",") }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    guard Set(axes).count == axes.count, axes.allSatisfy({ inputs[0].dims.indices.contains($0) })
    else { throw GraphError(.attribute) }
    return Shape(inputs[0].dims.indices.filter { !axes.contains($0) }.map { inputs[0][$0] })
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Reduction.sum(inputs[0], over: axes, workspace)
  }

  /// The upstream value is repeated along the axes that were summed.
  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let from = graph.shape(of: graph.inputs(of: output)[0])
    let kept = Shape(from.dims.indices.map { axes.contains($0) ? 1 : from[$0] })
    let column = try graph.add(Reshape(kept), upstream)
    return [try graph.add(BroadcastTo(from), column)]
  }
}
