import Graphs
import Foundation
import Imaging
import Networks
import Tensors

/// Step 3: a segmentation network on the pseudo-masks of positives and on negatives.
extension ChainWork {
  mutating func trainSegmentation() throws -> Parameters? {
    guard let masksStage else { throw TrainingError(.checkpointMismatch) }
    var masks: [Int: Mask] = [:]
    for index in data.positives { masks[index] = try Self.picture(masksStage, index).mask }
    let stage = try stage(.segmentation, [try Self.text(recipe.segmentation.withoutCeiling)])
    let empty = Mask(width: recipe.preparation.width, height: recipe.preparation.height)
    let samples = data.train.learning(truth: data.train.indices.map { masks[$0] ?? empty })
    let weights = try trainSegmentation(stage, samples, title: "segmentation")
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
    let samples = data.train.selecting(
      data.train.indices.filter { data.train[$0].truth != nil })
    guard !samples.isEmpty else { throw TrainingError(.noSamples) }
    return try trainSegmentation(stage, samples, title: "ceiling")
  }

  private func trainSegmentation(
    _ stage: ChainStage, _ samples: SampleSet, title: String
  ) throws -> Parameters? {
    var own = try recipe.segmentationRecipe()
    if recipe.segmentation.balances == true {
      let positive = samples.lazy.reduce(0) { $0 + ($1.truth?.count ?? 0) }
      let total = samples.count * recipe.preparation.width * recipe.preparation.height
      var loss = own.loss ?? SegmentationLoss(.crossEntropy)
      loss.positiveWeight = SegmentationLoss.balancingWeight(positive: positive, total: total)
      own.loss = loss
    }
    let validation = Validation(
      recipe: own, samples: data.validation, threads: options.threads)
    let (recipe, pictures, threads) = (recipe, pictures, options.threads)
    return try train(stage, own, samples: samples) { weights, epoch in
      let segmenter = try ChainSegmenter(recipe, parameters: weights)
      let cells = try Items.map(pictures.cases.count, threads: threads, grain: 1) {
        ChainPictures.Cell.map(
          try segmenter.probability(of: pictures.cases[$0].image, using: $1))
      }
      try pictures.write(title, cells, step: stage.name.rawValue, epoch: epoch)
      return try validation.metrics(weights)
    }
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
