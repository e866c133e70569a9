import Graphs
import Imaging
import Localization
import Networks
import Tensors

/// The encoder on image labels, IRNet over it, and the maps that the walk spreads, each label of a
/// picture by itself.
extension MixedWork {
  private func openEncoderStage() throws -> TrainingStage {
    let own = try recipe.encoderRecipe()
    return try stage(
      Name.encoder.rawValue, after: [],
      [
        try Checkpoint.digest(
          ChainWork.identity(own), lungModel: options.lungModelDigest, samples: data.train)
      ])
  }

  mutating func trainEncoder() throws -> Bool {
    let stage = try openEncoderStage()
    encoderStage = stage
    encoder = try trainLabels(stage, recipe.encoderRecipe())
    return encoder != nil
  }

  mutating func spreadMaps() throws -> Bool {
    guard let encoder, let settings = recipe.seeds, let heads = recipe.affinity,
      let walk = recipe.walk
    else { throw TrainingError(.recipe) }
    let own = try recipe.affinityRecipe()
    let seedsStage = try stage(
      Name.seeds.rawValue, after: [mapsStage], [try ChainWork.text(settings)])
    let maker = ChainSeeds(settings)
    let (pairs, train) = (pairs, data.train)
    let all = Array(pairs.indices)
    guard let mapsStage else { throw TrainingError(.checkpointMismatch) }
    let seeded = try runner.each(seedsStage, of: all) { index, _ in
      let map = try StageRunner.picture(mapsStage, index).image
      let labels = try maker.labels(train[pairs[index].sample].image, map: map)
      return GreyPicture(
        width: map.width, height: map.height, bits: 8, samples: labels.map(UInt16.init))
    }
    guard seeded else { return false }
    let affinityStage = try stage(
      Name.affinity.rawValue, after: [encoderStage, seedsStage], [try ChainWork.text(heads)])
    let trained = try runner.train(affinityStage, validate: { _, _ in [:] }) {
      let seeds = try all.map { index in
        try StageRunner.picture(seedsStage, index).samples.map { UInt8(truncatingIfNeeded: $0) }
      }
      return StageRunner.Beginning(
        recipe: own, samples: train.selecting(pairs.map(\.sample)).learning(seeds: seeds),
        graph: try AffinityStep.graph(of: own, radius: heads.radius),
        start: try own.network.irNetParameters(from: encoder, seed: own.seed))
    }
    guard let trained else { return false }
    let reader = try AffinityReader(
      network: own.network, parameters: trained, preparation: recipe.preparation, walk: walk,
      insideLung: recipe.maps.insideLung ?? false)
    affinity = reader
    let masks = try stage(
      Name.masks.rawValue, after: [affinityStage, mapsStage], [try ChainWork.text(walk)])
    masksStage = masks
    return try runner.each(masks, of: all) { index, workspace in
      let map = try StageRunner.picture(mapsStage, index).image
      let image = train[pairs[index].sample].image
      return GreyPicture(reader.mask(try reader.spread(map, over: image, using: workspace)))
    }
  }
}
