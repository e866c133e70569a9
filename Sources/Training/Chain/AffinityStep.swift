import Graphs
import Tensors

/// The training step of IRNet's heads: `AffinityGraph` on batches with seeds as targets.
struct AffinityStep: StepGraph {
  private let graph: AffinityGraph

  init(recipe: Recipe, radius: Int) throws {
    graph = try AffinityGraph(
      network: recipe.network, batch: recipe.batch,
      inputSize: (recipe.preparation.height, recipe.preparation.width), radius: radius)
  }

  /// In parts where the recipe says so.
  static func graph(of recipe: Recipe, radius: Int) throws -> any StepGraph {
    try MicroBatches.graph(of: recipe) { try AffinityStep(recipe: $0, radius: radius) }
  }

  var plannedBytes: Int { graph.plannedBytes }

  func run(
    _ step: StepInput, parameters: Parameters, workspace: Workspace
  ) throws -> StepOutcome {
    let targets = step.batch.targets
    let area = graph.imageShape[2] * graph.imageShape[3]
    let labels = stride(from: 0, to: targets.count, by: area).map { start in
      targets[start..<start + area].map { UInt8($0) }
    }
    return try graph.run(
      images: step.batch.images, labels: labels, parameters: parameters, workspace: workspace)
  }
}
