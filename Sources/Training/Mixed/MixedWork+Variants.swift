import Graphs
import Foundation
import Imaging
import Localization
import Networks
import Tensors

/// The segmentation networks.
extension MixedWork {
  /// Trains a variant; its best weights and thresholds are then in `trained`. Returns false when
  /// stopped.
  mutating func train(_ variant: MixedRecipe.Variant) throws -> Bool {
    let own = try recipe.segmentationRecipe(variant)
    let stage = try stage(
      Self.stageName(variant), after: [classifierStage, mapsStage, masksStage],
      [
        try ChainWork.text(variant), try ChainWork.text(recipe.segmentation.learning),
        "\(recipe.segmentation.temperature ?? 0)",
        variant.teacher.flatMap { trained[$0]?.inputs } ?? "",
      ])
    let best = BestWeights(folder: stage.folder, inputs: stage.inputs)
    let weights = try runner.train(
      stage,
      validate: { weights, epoch in
        let found = try thresholds(weights, own, epoch: epoch)
        try best.offer(weights, found)
        return [:]
      }, choose: { _ in try best.read().weights },
      begin: { try beginning(variant, own) })
    guard let weights else { return false }
    trained[variant.name] = Trained(
      weights: weights, thresholds: try best.read().thresholds, inputs: stage.inputs)
    return true
  }

  /// By label on the drawn masks of the validation samples; where nothing is drawn there, on those
  /// of the experts.
  private func thresholds(
    _ weights: Parameters, _ own: Recipe, epoch: Int
  ) throws -> LabelThresholds {
    let hasTruth = data.validation.contains { sample in sample.truths.contains { $0 != nil } }
    let samples = hasTruth ? data.validation : data.train.selecting(experts)
    let segmenter = try LabelSegmenter(
      network: own.network, parameters: weights, preparation: recipe.preparation)
    let labels = recipe.labels.count
    let counted = try Items.map(samples.count, threads: options.threads) { index, workspace in
      let sample = samples[index]
      let planes = try segmenter.probabilities(of: sample.image, using: workspace)
      return (0..<labels).map { label in
        var counts = ThresholdCounts()
        if let truth = sample.truth(of: label) {
          counts.add(planes[label].pixels, truth: truth.bits)
        }
        return counts
      }
    }
    let best = (0..<labels).map { label in
      var all = ThresholdCounts()
      for counts in counted { all.add(counts[label]) }
      return all.best
    }
    return LabelThresholds(
      thresholds: best.map { $0?.threshold ?? 0.5 }, iou: best.map { $0?.iou }, epoch: epoch)
  }

  private func beginning(
    _ variant: MixedRecipe.Variant, _ own: Recipe
  ) throws -> StageRunner.Beginning {
    let start = try startingWeights(variant.start ?? .random, own)
    let rest = selected(others, variant.others, salt: 2)
    if let teacher = variant.teacher {
      guard let weights = trained[teacher]?.weights else {
        throw TrainingError(.checkpointMismatch)
      }
      guard !rest.isEmpty else { throw TrainingError(.noSamples) }
      return StageRunner.Beginning(
        recipe: own, samples: data.train.selecting(rest),
        graph: try DistillationStep.graph(of: own, teacher: weights), start: start,
        draw: draw(variant, own, experts: 0, others: rest.count))
    }
    let drawn = selected(experts, variant.experts, salt: 1)
    let pseudo = variant.usesPseudo ? rest : []
    guard !(drawn + pseudo).isEmpty else { throw TrainingError(.noSamples) }
    let labels = recipe.labels.indices
    let expertTruths = drawn.map { index -> [PackedMask?] in
      let sample = data.train[index]
      return labels.map { sample.truth(of: $0).map(PackedMask.init) }
    }
    let samples = data.train.selecting(drawn + pseudo)
      .learning(truths: expertTruths + (try pseudoTruths(pseudo, variant.pseudo ?? .threshold)))
    return StageRunner.Beginning(
      recipe: own, samples: samples, start: start,
      draw: draw(variant, own, experts: drawn.count, others: pseudo.count))
  }

  private func draw(
    _ variant: MixedRecipe.Variant, _ own: Recipe, experts: Int, others: Int
  ) -> MixtureDraw {
    MixtureDraw(
      experts: experts, others: others, probability: variant.expertProbability ?? 1,
      mode: variant.draw ?? .bernoulli, seed: own.seed, batch: own.batch, epochs: own.epochs)
  }

  /// The first so many in an order drawn by the seed: smaller sets are parts of larger ones.
  private func selected(_ all: [Int], _ count: Int?, salt: UInt64) -> [Int] {
    guard let count, count < all.count else { return all }
    return SeededRandom.choose(count, of: all, seed: recipe.seed, stream: 0x5E1E_C700 | salt)
  }

  /// By sample and label: the pseudo-mask where the report says yes, nothing where it says no, not
  /// known where it says neither.
  private func pseudoTruths(
    _ samples: [Int], _ kind: MixedRecipe.Pseudo
  ) throws -> [[PackedMask?]] {
    var numbers: [Pair: Int] = [:]
    for (number, pair) in pairs.enumerated() { numbers[pair] = number }
    return try samples.map { sample in
      try recipe.labels.indices.map { label in
        guard let pair = numbers[Pair(sample: sample, label: label)] else {
          return empty(sample, label).map(PackedMask.init)
        }
        return PackedMask(try pseudoMask(pair, kind))
      }
    }
  }

  private func pseudoMask(_ pair: Int, _ kind: MixedRecipe.Pseudo) throws -> Mask {
    switch kind {
    case .threshold: return PseudoMasks.cut(try map(pair), at: mapThresholds[pairs[pair].label])
    case .otsu: return PseudoMasks.otsu(try map(pair))
    case .affinity:
      guard let masksStage else { throw TrainingError(.checkpointMismatch) }
      return try StageRunner.picture(masksStage, pair).mask
    }
  }
}

/// The weights of the epoch with the best thresholds, in the folder of their stage.
struct BestWeights {
  let folder: String
  /// Of the stage: what another run left behind does not count.
  let inputs: String

  private struct Kept: Codable {
    let inputs: String
    let thresholds: LabelThresholds
  }

  private var weightsPath: String { folder + "/best.safetensors" }
  private var thresholdsPath: String { folder + "/thresholds.json" }

  /// Keeps these where they are better than what is there. Asked again for an epoch that is there, it
  /// changes nothing.
  func offer(_ weights: Parameters, _ found: LabelThresholds) throws {
    if let kept = try? read(), kept.thresholds.meanIoU >= found.meanIoU { return }
    try StageRunner.write(weights, to: weightsPath)
    guard
      let data = try? JSONEncoder().encode(
        Kept(inputs: inputs, thresholds: found))
    else { throw TrainingError(.output) }
    try TrainingOutput.write([UInt8](data), to: thresholdsPath)
  }

  /// Throws `checkpointMismatch` where they are gone.
  func read() throws -> (weights: Parameters, thresholds: LabelThresholds) {
    guard let data = FileManager.default.contents(atPath: thresholdsPath),
      let kept = try? JSONDecoder().decode(Kept.self, from: data), kept.inputs == inputs,
      let weights = StageRunner.read(weightsPath)
    else { throw TrainingError(.checkpointMismatch) }
    return (weights, kept.thresholds)
  }
}
