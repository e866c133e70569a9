import Graphs
import Tensors

/// A planned network with its packed weights and scratch memory, for runs one after another.
///
/// It does not keep the model: its weights are there in packed form.
struct EnginePlan {
  let plan: Plan
  /// Scalars of all weights.
  let parameterCount: Int
  private let outputNames: [String]
  private let prepared: PreparedPlan
  private let workspace: Workspace

  /// Throws what planning and packing throw; nothing has run then.
  init(_ model: EngineModel, options: PlanOptions, threads: Int) throws {
    plan = try Plan(model.graph, outputs: model.outputs.map(\.value), options: options)
    prepared = try plan.prepare(model.parameters, threads: threads)
    parameterCount = model.parameters.count
    outputNames = model.outputs.map(\.name)
    workspace = Workspace(threads: threads)
  }

  /// The outputs by their names.
  func run(_ inputs: [String: Tensor]) throws -> [String: Tensor] {
    let tensors = try plan.run(inputs: inputs, prepared: prepared, workspace: workspace)
    return Dictionary(uniqueKeysWithValues: zip(outputNames, tensors))
  }
}
