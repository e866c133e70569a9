import Graphs
import Tensors

/// A network ready to run in evaluation on batches of one size: its plan, with the weights packed
/// once.
///
/// A value: any number of workers share one, each with a workspace of its own.
package struct PlannedNetwork: Sendable {
  /// [N, C, H, W] of what it reads.
  package let inputShape: Shape
  private let plan: Plan
  private let prepared: PreparedPlan

  /// - Parameters:
  ///   - parameters: those of the network, and no other.
  ///   - edit: gets the graph (`NetworkSpec.build`), may add to it, and names the outputs.
  /// Throws `ModelError` when network, weights and size do not fit, and what `edit` throws.
  package init(
    _ network: NetworkSpec, parameters: Parameters, batch: Int = 1,
    inputSize: (height: Int, width: Int), options: PlanOptions = PlanOptions(),
    outputs edit: (inout Graph) throws -> [Value]
  ) throws {
    try network.check(parameters)
    var graph = try network.build(batch: batch, inputSize: inputSize, training: false)
    let outputs = try edit(&graph)
    plan = try Plan(graph, outputs: outputs, options: options)
    prepared = try plan.prepare(parameters)
    inputShape = [batch, network.inChannels, inputSize.height, inputSize.width]
  }

  /// The outputs for one batch. Throws `ModelError` `.inputSize` for another shape.
  package func run(_ image: Tensor, using workspace: Workspace) throws -> [Tensor] {
    guard image.shape == inputShape else { throw ModelError(.inputSize) }
    return try plan.run(inputs: ["image": image], prepared: prepared, workspace: workspace)
  }
}
