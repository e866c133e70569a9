import Graphs
import Tensors

/// One training step of a network: what a `Trainer` runs again and again.
protocol StepGraph: Sendable {
  /// Bytes of the tensors of a step, known before it runs: inputs, intermediate ones, packed
  /// weights, and the scratch memory of one thread. Parameters and gradients are not among them.
  var plannedBytes: Int { get }

  /// Throws `GraphError`.
  func run(_ step: StepInput, parameters: Parameters, workspace: Workspace) throws -> StepOutcome
}

/// What one step is given.
struct StepInput: Sendable {
  let batch: BatchMaker.Batch
  /// Of DropBlock.
  let dropRate: Double
  let random: RandomState
}

/// What one step gives.
package struct StepOutcome: Sendable {
  package let loss: Float
  /// Of every parameter that an optimizer moves.
  package let gradients: Parameters
  /// By the name of the normalisation layer, [2, C]: mean, variance.
  package let statistics: [String: Tensor]
}
