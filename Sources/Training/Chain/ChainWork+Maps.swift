import Graphs
import Foundation
import Imaging
import Localization
import Networks
import Tensors

/// Step 1: the classifier, its maps, and the seeds that they give.
extension ChainWork {
  mutating func trainClassifier() throws -> Parameters? {
    let own = try recipe.classifierRecipe()
    let stage = try stage(
      .classifier,
      [
        try Checkpoint.digest(
          Self.identity(own), lungModel: options.lungModelDigest, samples: data.train)
      ])
    let validation = Validation(
      recipe: own, samples: data.validation, threads: options.threads)
    return try runner.train(
      stage,
      validate: { weights, epoch in
        let maps = try ChainMaps(recipe, classifier: weights)
        try pictures.write(
          maps.method, try cells { .map(try maps.map(of: $0.image, using: $1)) },
          step: stage.name, epoch: epoch)
        return try validation.metrics(weights)
      }, begin: { StageRunner.Beginning(recipe: own, samples: data.train) })
  }

  /// Maps of the positive training samples, 16 bits, 65535 at the peak.
  mutating func makeMaps(_ classifier: Parameters) throws -> Bool {
    let stage = try stage(.maps, [try Self.text(recipe.maps)])
    mapsStage = stage
    let maps = try ChainMaps(recipe, classifier: classifier)
    let train = data.train
    let done = try each(stage) { index, workspace in
      GreyPicture(try maps.map(of: train[index].image, using: workspace), bits: 16)
    }
    if done {
      pictures.add(
        maps.method, try cells { .map(try maps.map(of: $0.image, using: $1)) })
      self.maps = maps
    }
    return done
  }

  /// Seeds of the positive training samples: 0, 1, 255.
  mutating func makeSeeds() throws -> Bool {
    let stage = try stage(.seeds, [try Self.text(recipe.seeds)])
    seedsStage = stage
    guard let mapsStage, let maps else { throw TrainingError(.checkpointMismatch) }
    let seeds = ChainSeeds(recipe.seeds)
    let train = data.train
    let done = try each(stage) { index, _ in
      let map = try StageRunner.picture(mapsStage, index).image
      let labels = try seeds.labels(train[index].image, map: map)
      return GreyPicture(
        width: map.width, height: map.height, bits: 8, samples: labels.map(UInt16.init))
    }
    if done {
      pictures.add(
        "seeds",
        try cells { .seeds(try seeds.labels($0.image, map: try maps.map(of: $0.image, using: $1))) }
      )
    }
    return done
  }

  /// What the classifier's weights follow from: neither the test samples nor the map.
  static func identity(_ recipe: Recipe) -> Recipe {
    var identity = recipe
    identity.mapMethod = ""
    for index in identity.sources.indices where identity.sources[index].use == .test {
      identity.sources[index] = Recipe.Source(kind: .pictures, use: .test)
    }
    return identity
  }

  /// A part of the recipe as text, for digests.
  static func text(_ part: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard let data = try? encoder.encode(part) else { throw TrainingError(.recipe) }
    return String(decoding: data, as: UTF8.self)
  }
}
