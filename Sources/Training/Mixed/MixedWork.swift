import Graphs
import Foundation
import Imaging
import Localization
import Networks
import Tensors

/// The stages of a mixture with what they share.
struct MixedWork {
  let recipe: MixedRecipe
  let options: TrainingRun.Options
  let out: String
  let data: LoadedSamples
  let runner: StageRunner
  /// Numbers of the training samples with expert masks, and of the others.
  let experts: [Int]
  let others: [Int]
  /// One a label that a training sample shows, as its expert drew or its report says.
  let pairs: [Pair]

  struct Pair: Sendable, Hashable {
    let sample: Int
    let label: Int
  }

  /// Set once their stages are done.
  var classifierStage: TrainingStage?
  var classifier: Parameters?
  var maps: [ChainMaps] = []
  var mapsStage: TrainingStage?
  var encoderStage: TrainingStage?
  var encoder: Parameters?
  var affinity: AffinityReader?
  var masksStage: TrainingStage?
  var contrast: Parameters?
  /// By label: where the maps of pseudo-masks of kind `threshold` are cut.
  var mapThresholds: [Double] = []
  var trained: [String: Trained] = [:]

  struct Trained: Sendable {
    let weights: Parameters
    let thresholds: LabelThresholds
    /// Digest of what it was made from.
    let inputs: String
  }

  /// The stages before the variants, in their order.
  enum Name: String, CaseIterable {
    case classifier = "1-classifier"
    case maps = "2-maps"
    case encoder = "3-encoder"
    case seeds = "4-seeds"
    case affinity = "5-affinity"
    case masks = "6-masks"
    case contrast = "7-contrast"
  }

  static func stageName(_ variant: MixedRecipe.Variant) -> String { "8-" + variant.name }

  init(
    run: MixedRun, data: LoadedSamples, progress: @escaping (ChainEvent) -> Void,
    shouldStop: @escaping () -> Bool
  ) throws {
    (recipe, options, out, self.data) = (run.recipe, run.options, run.out, data)
    let variants = run.recipe.segmentation.variants
    var names = Name.allCases.filter { Self.needs($0, variants) }.map(\.rawValue)
    names += variants.map(Self.stageName)
    runner = StageRunner(
      names: names, options: options, progress: progress, shouldStop: shouldStop)
    let sources = run.recipe.sources
    let count = run.recipe.labels.count
    var (experts, others, pairs): ([Int], [Int], [Pair]) = ([], [], [])
    for index in data.train.indices {
      let facts = data.train.facts[index]
      let truths = sources[facts.source].annotated == true ? data.train[index].truths : []
      let isExpert = truths.contains { $0 != nil }
      if isExpert { experts.append(index) } else { others.append(index) }
      for label in 0..<count {
        let drawn = truths.indices.contains(label) ? truths[label] : nil
        if drawn.map({ !$0.isEmpty }) ?? (facts.labels[label] == .some(1)) {
          pairs.append(Pair(sample: index, label: label))
        }
      }
    }
    guard !experts.isEmpty else { throw TrainingError(.expertsMissing) }
    (self.experts, self.others, self.pairs) = (experts, others, pairs)
  }

  /// Whether any variant is made from a stage.
  private static func needs(_ name: Name, _ variants: [MixedRecipe.Variant]) -> Bool {
    let affinity = variants.contains { $0.usesPseudo && $0.pseudo == .affinity }
    switch name {
    case .classifier, .maps: return true
    case .encoder: return affinity || variants.contains { $0.start == .classifier }
    case .seeds, .affinity, .masks: return affinity
    case .contrast: return variants.contains { $0.start == .contrastive }
    }
  }

  private func needs(_ name: Name) -> Bool { Self.needs(name, recipe.segmentation.variants) }

  /// Runs the stages before the variants. Returns false when stopped.
  mutating func prepare() throws -> Bool {
    let first = try openClassifierStage()
    classifierStage = first
    guard let classifier = try trainClassifier(first) else { return false }
    self.classifier = classifier
    guard try makeMaps(classifier, after: first) else { return false }
    mapThresholds = try chooseMapThresholds()
    if needs(.encoder) {
      guard try trainEncoder() else { return false }
    }
    if needs(.affinity) {
      guard try spreadMaps() else { return false }
    }
    if needs(.contrast) {
      guard try trainContrast() else { return false }
    }
    return true
  }

  /// A stage that follows from others, and from parts of the recipe.
  func stage(
    _ name: String, after earlier: [TrainingStage?], _ parts: [String]
  ) throws -> TrainingStage {
    try TrainingStage(name, of: out, inputs: earlier.compactMap { $0?.inputs } + parts)
  }

  /// The map of a pair, as its stage wrote it.
  func map(_ pair: Int) throws -> Image {
    guard let mapsStage else { throw TrainingError(.checkpointMismatch) }
    return try StageRunner.picture(mapsStage, pair).image
  }

  /// What a report is taken to say of a sample: the mask of a label is empty where it says no, and
  /// not known where it says nothing.
  func empty(_ sample: Int, _ label: Int) -> Mask? {
    data.train.facts[sample].labels[label] == .some(0)
      ? Mask(width: recipe.preparation.width, height: recipe.preparation.height) : nil
  }
}

extension MixedRecipe.Variant {
  /// Whether pseudo-masks have a part in it.
  var usesPseudo: Bool { teacher == nil && (expertProbability ?? 1) < 1 }
}
