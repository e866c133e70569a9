/// What one pass did to a graph.
package struct PassReport: Hashable, Sendable, CustomStringConvertible {
  /// The stable name of the pass.
  package let name: String
  /// Nodes that were replaced.
  package let count: Int
  /// Nodes of the graph after it.
  package let nodes: Int

  package var description: String { "\(name): \(count) replaced, \(nodes) nodes" }
}

/// Rewriting of a graph into one that computes the same outputs with fewer passes over memory.
///
/// The result is for running only: fused operators refuse gradients, and `Detach` is gone. Results
/// agree up to rounding; what an input does not reach may be computed once (`parameterOnly`).
package enum Passes {
  /// In the order in which they run.
  static let all: [any Pass.Type] = [
    Identities.self,
    CommonValues.self,
    RectifierSigns.self,
    ConvolutionBias.self,
    KnownNormalization.self,
    ConvolutionBias.self,
    ChannelScale.self,
    Residual.self,
    Activations.self,
    PreActivation.self,
    Identities.self,
    CommonValues.self,
  ]

  /// Runs every pass until it finds nothing more.
  ///
  /// A wanted output stays available under its own value, and so does what several nodes read;
  /// an output may turn out to be an input, a parameter, or the value of another output. Taps of
  /// values that are no outputs may vanish. Throws `.foreignValue` when an output is not of the
  /// graph.
  package static func optimize(
    _ graph: Graph, outputs: [Value]
  ) throws -> (graph: Graph, outputs: [Value], report: [PassReport]) {
    var (graph, outputs) = (graph, outputs)
    var report: [PassReport] = []
    for pass in all {
      var total = 0
      while true {
        let count: Int
        (graph, outputs, count) = try Rewriting.run(pass, graph, outputs: outputs)
        total += count
        if count == 0 { break }
      }
      report.append(PassReport(name: pass.name, count: total, nodes: graph.nodes.count))
    }
    return (graph, outputs, report)
  }
}
