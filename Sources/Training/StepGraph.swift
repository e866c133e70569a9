import Graphs
import Tensors

/// One training step of a network: what a `Trainer` runs again and again.
protocol StepGraph: Sendable {
  /// Bytes of the tensors of a step, known before it runs: inputs, intermediate ones, packed
  /// weights, and the scratch memory of one thread. Parameters and gradients are not among them.
  var plannedBytes: Int { get }

  /// What it remembers between steps besides the weights; part of a checkpoint.
  var state: Parameters { get }
  /// Takes up what an earlier run remembered. Throws `checkpointMismatch` where it does not fit.
  func restore(_ state: Parameters) throws

  /// Throws `GraphError`.
  func run(_ step: StepInput, parameters: Parameters, workspace: Workspace) throws -> StepOutcome
}

extension StepGraph {
  var state: Parameters { Parameters() }

  func restore(_ state: Parameters) throws {
    guard state.names.isEmpty else { throw TrainingError(.checkpointMismatch) }
  }
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
