import Graphs
import Foundation
import Imaging
import Networks
import Tensors

/// Step 2: IRNet on the seeds, and the maps that its random walk spreads.
extension ChainWork {
  mutating func trainAffinity(_ classifier: Parameters) throws -> Parameters? {
    let own = try recipe.affinityRecipe()
    let stage = try stage(.affinity, [try Self.text(recipe.affinity)])
    guard let seedsStage else { throw TrainingError(.checkpointMismatch) }
    return try runner.train(stage, validate: { _, _ in [:] }) {
      let positives = data.positives
      let seeds = try positives.map { index in
        try StageRunner.picture(seedsStage, index).samples.map { UInt8(truncatingIfNeeded: $0) }
      }
      return StageRunner.Beginning(
        recipe: own, samples: data.train.selecting(positives).learning(seeds: seeds),
        graph: try AffinityStep.graph(of: own, radius: recipe.affinity.radius),
        start: try own.network.irNetParameters(from: classifier, seed: own.seed))
    }
  }

  /// Pseudo-masks of the positive training samples.
  mutating func makeMasks(_ affinity: Parameters) throws -> Bool {
    let stage = try stage(.masks, [try Self.text(recipe.walk)])
    masksStage = stage
    guard let mapsStage, let maps else { throw TrainingError(.checkpointMismatch) }
    let reader = try AffinityReader(recipe, parameters: affinity)
    let train = data.train
    let done = try each(stage) { index, workspace in
      let map = try StageRunner.picture(mapsStage, index).image
      return GreyPicture(
        reader.mask(try reader.spread(map, over: train[index].image, using: workspace)))
    }
    if done {
      pictures.add(
        "affinity",
        try cells {
          let map = try maps.map(of: $0.image, using: $1)
          return .map(try reader.spread(map, over: $0.image, using: $1))
        })
      self.affinity = reader
    }
    return done
  }
}
