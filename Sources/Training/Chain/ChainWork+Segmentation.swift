import Graphs
import Foundation
import Imaging
import Networks
import Tensors

/// Step 3: a segmentation network on the pseudo-masks of positives and on negatives.
extension ChainWork {
  mutating func trainSegmentation() throws -> Parameters? {
    guard let masksStage else { throw TrainingError(.checkpointMismatch) }
    let stage = try stage(.segmentation, [try Self.text(recipe.segmentation.withoutCeiling)])
    let weights = try trainSegmentation(stage, title: "segmentation") {
      var masks: [Int: Mask] = [:]
      for index in data.positives { masks[index] = try StageRunner.picture(masksStage, index).mask }
      let empty = Mask(width: recipe.preparation.width, height: recipe.preparation.height)
      return data.train.learning(truth: data.train.indices.map { masks[$0] ?? empty })
    }
    if let weights {
      let segmenter = try ChainSegmenter(recipe, parameters: weights)
      pictures.add(
        "segmentation", try cells { .map(try segmenter.probability(of: $0.image, using: $1)) })
    }
    return weights
  }

  /// The same network on drawn truth, where the recipe asks for it: what no method from image
  /// labels is expected to exceed. Samples without truth are left out.
  mutating func trainCeiling() throws -> Parameters? {
    guard recipe.segmentation.ceiling == true else { return nil }
    let stage = try stage(.ceiling, [try Self.text(recipe.segmentation)])
    return try trainSegmentation(stage, title: "ceiling") {
      let samples = data.train.selecting(
        data.train.indices.filter { data.train[$0].truth != nil })
      guard !samples.isEmpty else { throw TrainingError(.noSamples) }
      return samples
    }
  }

  private func trainSegmentation(
    _ stage: TrainingStage, title: String, samples: () throws -> SampleSet
  ) throws -> Parameters? {
    let own = try recipe.segmentationRecipe()
    let validation = Validation(
      recipe: own, samples: data.validation, threads: options.threads)
    return try runner.train(
      stage,
      validate: { weights, epoch in
        let segmenter = try ChainSegmenter(recipe, parameters: weights)
        try pictures.write(
          title, try cells { .map(try segmenter.probability(of: $0.image, using: $1)) },
          step: stage.name, epoch: epoch)
        return try validation.metrics(weights)
      },
      begin: {
        let samples = try samples()
        return StageRunner.Beginning(recipe: balanced(own, for: samples), samples: samples)
      })
  }

  /// With the weight of positive cells that these samples ask for, where the chain balances.
  private func balanced(_ own: Recipe, for samples: SampleSet) -> Recipe {
    guard recipe.segmentation.balances == true else { return own }
    let positive = samples.lazy.reduce(0) { $0 + ($1.truth?.count ?? 0) }
    let total = samples.count * recipe.preparation.width * recipe.preparation.height
    var own = own
    var loss = own.loss ?? SegmentationLoss(.crossEntropy)
    loss.positiveWeight = SegmentationLoss.balancingWeight(positive: positive, total: total)
    own.loss = loss
    return own
  }
}

extension ChainRecipe.Segmentation {
  /// What the network itself follows from: whether a ceiling comes after it does not matter.
  fileprivate var withoutCeiling: Self {
    var settings = self
    settings.ceiling = nil
    return settings
  }
}
