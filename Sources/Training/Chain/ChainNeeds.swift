import Graphs
import Networks

/// What training one network of a chain takes, known without running it.
package struct ChainNeeds: Sendable, Codable, Hashable {
  package let part: ChainProbe.Part
  /// Pictures of a step.
  package let batch: Int
  /// Scalars of the network, running averages included.
  package let parameters: Int
  /// Those that the optimizer moves.
  package let trained: Int
  /// Bytes of a step: its tensors and those of `stateBytes`.
  package let plannedBytes: Int
  /// Bytes of weights, their running average where the recipe keeps one, gradients (twice where a
  /// batch comes in parts), and the optimizer's state.
  package let stateBytes: Int
}

extension ChainProbe {
  /// Plans a step of the recipe's own batch; nil for a part that trains nothing. Throws as
  /// `ChainRun`.
  package func needs(_ part: Part) throws -> ChainNeeds? {
    let own: Recipe
    let graph: any StepGraph
    switch part {
    case .classifier:
      own = try recipe.classifierRecipe()
      graph = try MicroBatches.graph(of: own) { try TrainingGraph(recipe: $0) }
    case .affinity:
      own = try recipe.affinityRecipe()
      graph = try AffinityStep.graph(of: own, radius: recipe.affinity.radius)
    case .segmentation:
      own = try recipe.segmentationRecipe()
      graph = try MicroBatches.graph(of: own) { try TrainingGraph(recipe: $0) }
    case .score, .map, .seeds, .walk, .mask: return nil
    }
    let weights = try own.network.initialParameters(seed: own.seed)
    let trained = weights.names.filter(own.network.trains)
      .reduce(0) { $0 + (weights[$1]?.shape.count ?? 0) }
    let moments = own.optimizer.kind == .sgd ? 1 : 2
    let copies = own.averageDecay == nil ? 1 : 2
    let gradients = own.microBatch == nil ? 1 : 2
    let state = 4 * (copies * weights.count + (gradients + moments) * trained)
    return ChainNeeds(
      part: part, batch: own.batch, parameters: weights.count, trained: trained,
      plannedBytes: graph.plannedBytes + state, stateBytes: state)
  }
}
