import Graphs
import Networks
import Tensors

/// The plan of a loss with its gradient for every trained parameter and the batch statistics that the
/// running averages follow: what the step graphs share.
struct LossPlan: Sendable {
  private let plan: Plan
  private let trained: [String]
  private let layers: [String]

  /// - Parameter excluded: prefixes of parameters that this loss does not reach, or that stay as they
  ///   are: they get no gradient, no update and no statistics.
  init(
    _ graph: inout Graph, loss: Value, of network: NetworkSpec,
    excluding excluded: [String] = []
  ) throws {
    let parameters = graph.parameters.filter { parameter in
      network.trains(parameter.name) && !excluded.contains(where: parameter.name.hasPrefix)
    }
    let gradients = try graph.gradient(of: loss, withRespectTo: parameters.map(\.value))
    let statistics = graph.taps.keys.filter { name in
      name.hasPrefix("bn.") && !excluded.contains { name.hasPrefix("bn." + $0) }
    }.sorted()
    trained = parameters.map(\.name)
    layers = statistics.map { String($0.dropFirst(3).dropLast(".statistics".count)) }
    plan = try Plan(
      graph, outputs: [loss] + gradients + statistics.compactMap { graph.taps[$0] })
  }

  /// The names of the parameters that get a gradient.
  var parameterNames: [String] { trained }
  var inputNames: [String] { plan.inputNames }
  /// Intermediate tensors and packed weights.
  var bytes: Int { plan.peakBytes + plan.preparedBytes }

  /// Throws `GraphError`.
  func run(
    _ inputs: [String: Tensor], parameters: Parameters, workspace: Workspace
  ) throws -> StepOutcome {
    let results = try plan.run(inputs: inputs, parameters: parameters, workspace: workspace)
    var gradients = Parameters()
    for (index, name) in trained.enumerated() { gradients[name] = results[1 + index] }
    var statistics: [String: Tensor] = [:]
    for (index, name) in layers.enumerated() {
      statistics[name] = results[1 + trained.count + index]
    }
    return StepOutcome(loss: results[0].scalar, gradients: gradients, statistics: statistics)
  }
}
