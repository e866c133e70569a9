import Graphs
import Networks
import Tensors

/// A training step whose targets are a teacher's logits for the same pictures: those of the student
/// follow them (Gadgil et al. 2021, section on distillation). The teacher is the same network in
/// evaluation.
struct DistillationStep: StepGraph {
  private let student: TrainingGraph
  private let teacher: PlannedNetwork

  init(recipe: Recipe, teacher weights: Parameters) throws {
    student = try TrainingGraph(recipe: recipe)
    teacher = try PlannedNetwork(
      recipe.network, parameters: weights, batch: recipe.batch,
      inputSize: (recipe.preparation.height, recipe.preparation.width)
    ) { graph in
      guard let logits = graph.taps["logits"] else { throw TrainingError(.recipe) }
      return [logits]
    }
  }

  /// In parts where the recipe says so.
  static func graph(of recipe: Recipe, teacher: Parameters) throws -> any StepGraph {
    try MicroBatches.graph(of: recipe) { try DistillationStep(recipe: $0, teacher: teacher) }
  }

  var plannedBytes: Int { student.plannedBytes }

  func run(
    _ step: StepInput, parameters: Parameters, workspace: Workspace
  ) throws -> StepOutcome {
    var batch = step.batch
    batch.targets = try teacher.run(
      Tensor(student.imageShape, batch.images), using: workspace)[0].values
    let own = StepInput(batch: batch, dropRate: step.dropRate, random: step.random)
    return try student.run(own, parameters: parameters, workspace: workspace)
  }
}
