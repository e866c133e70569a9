import Graphs
import Foundation
import Imaging
import Localization
import Networks
import Tensors

/// The end: how well each variant does on samples that nothing has seen.
extension MixedWork {
  /// Measures the classifier, the pseudo-masks, the variants and a trivial baseline on the test
  /// samples with drawn truth, and writes "figures.json". Nothing where there are none.
  func measure() throws {
    let samples = data.test.filter { sample in sample.truths.contains { $0 != nil } }
    guard !samples.isEmpty, let classifier else { return }
    let own = LabelFolding(try recipe.classifierRecipe()).recipe
    let validation = Validation(recipe: own, samples: data.test, threads: options.threads)
    var steps = [figures("baseline: mean of the expert masks", try meanMasks(samples), samples)]
    steps += try pseudo(samples)
    var found: [(title: String, masks: [[Mask]])] = []
    for variant in recipe.segmentation.variants {
      guard let trained = trained[variant.name] else { continue }
      let masks = try masks(variant, samples)
      found.append((variant.name, masks))
      steps.append(
        figures(variant.name, masks, samples, thresholds: trained.thresholds.thresholds))
    }
    for step in steps { runner.progress(.mixed(step)) }
    let names = recipe.labels.map(\.name)
    let report = MixedReport(
      auroc: labelRankings(try validation.logits(classifier), of: data.test),
      mapThresholds: Dictionary(zip(names, mapThresholds), uniquingKeysWith: { a, _ in a }),
      steps: steps)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try TrainingOutput.write([UInt8](try encoder.encode(report)), to: out + "/figures.json")
    try MixedPictures(samples: samples, labels: recipe.labels.count).write(
      found, to: out + "/pictures")
  }

  private func figures(
    _ step: String, _ masks: [[Mask]], _ samples: [TrainingSample], thresholds: [Double]? = nil
  ) -> MixedFigures {
    MixedFigures(
      step: step, names: recipe.labels.map(\.name), masks: masks, samples: samples,
      thresholds: thresholds)
  }

  /// What a variant finds, at its own thresholds.
  private func masks(
    _ variant: MixedRecipe.Variant, _ samples: [TrainingSample]
  ) throws -> [[Mask]] {
    guard let trained = trained[variant.name] else { throw TrainingError(.checkpointMismatch) }
    let segmenter = try LabelSegmenter(
      network: recipe.segmentationRecipe(variant).network, parameters: trained.weights,
      preparation: recipe.preparation)
    let cuts = trained.thresholds.thresholds
    return try Items.map(samples.count, threads: options.threads) { index, workspace in
      zip(try segmenter.probabilities(of: samples[index].image, using: workspace), cuts).map {
        Mask($0, atLeast: Float($1))
      }
    }
  }

  /// The pseudo-masks of labels that are there, as training sees them.
  private func pseudo(_ samples: [TrainingSample]) throws -> [MixedFigures] {
    let (maps, affinity, cuts) = (self.maps, self.affinity, mapThresholds)
    let kinds = MixedRecipe.Pseudo.allCases.filter { $0 != .affinity || affinity != nil }
    return try kinds.map { kind in
      let masks = try Items.map(samples.count, threads: options.threads) { index, workspace in
        let sample = samples[index]
        return try maps.indices.map { label -> Mask in
          guard let truth = sample.truth(of: label), !truth.isEmpty else {
            return Mask(width: sample.image.base.width, height: sample.image.base.height)
          }
          let map = try maps[label].map(of: sample.image, using: workspace)
          switch kind {
          case .threshold: return PseudoMasks.cut(map, at: cuts[label])
          case .otsu: return PseudoMasks.otsu(map)
          case .affinity:
            guard let affinity else { throw TrainingError(.checkpointMismatch) }
            return affinity.mask(try affinity.spread(map, over: sample.image, using: workspace))
          }
        }
      }
      return figures("pseudo: \(kind.rawValue)", masks, samples)
    }
  }

  /// What costs nothing: the same mask on every picture, the cells that at least a share of the
  /// experts' positives hold, at the share that fits those best.
  private func meanMasks(_ samples: [TrainingSample]) throws -> [[Mask]] {
    let (width, height) = (recipe.preparation.width, recipe.preparation.height)
    let drawn = experts.map { data.train[$0] }
    let masks = recipe.labels.indices.map { label -> Mask in
      let own = drawn.compactMap { $0.truth(of: label) }.filter { !$0.isEmpty }
      guard !own.isEmpty else { return Mask(width: width, height: height) }
      var mean = Image(width: width, height: height)
      for mask in own {
        for cell in mask.bits.indices {
          mean.pixels[cell] += Float(mask.bits[cell]) / Float(own.count)
        }
      }
      let share = PseudoMasks.threshold(maps: own.map { _ in mean }, truth: own) ?? 0.5
      return PseudoMasks.cut(mean, at: share)
    }
    return samples.map { _ in masks }
  }
}
