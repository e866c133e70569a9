import Foundation
import Graphs
import Imaging
import Localization
import Networks
import Tensors

/// The stages of a chain, one after another, with what they share.
struct ChainWork {
  let recipe: ChainRecipe
  let options: TrainingRun.Options
  let out: String
  let data: LoadedSamples
  let runner: StageRunner
  var pictures: ChainPictures
  /// Digest of the stage done last, which the next one follows from.
  private var last: String
  var mapsStage: TrainingStage?
  var seedsStage: TrainingStage?
  var masksStage: TrainingStage?
  /// Set once their stages are done.
  var maps: ChainMaps?
  var affinity: AffinityReader?

  init(
    run: ChainRun, data: LoadedSamples, progress: @escaping (ChainEvent) -> Void,
    shouldStop: @escaping () -> Bool
  ) throws {
    (recipe, options, out) = (run.recipe, run.options, run.out)
    self.data = data
    var names = Name.allCases
    if recipe.segmentation.ceiling != true { names.removeLast() }
    runner = StageRunner(
      names: names.map(\.rawValue), options: options, progress: progress, shouldStop: shouldStop)
    pictures = try ChainPictures(folder: run.out + "/pictures", validation: data.validation)
    last = ""
  }

  /// The stages in their order.
  enum Name: String, CaseIterable, Sendable {
    case classifier = "1-classifier"
    case maps = "2-maps"
    case seeds = "3-seeds"
    case affinity = "4-affinity"
    case masks = "5-masks"
    case segmentation = "6-segmentation"
    case ceiling = "7-ceiling"
  }

  /// Opens a stage: it follows from the stages before it, and from `parts`.
  mutating func stage(_ name: Name, _ parts: [String]) throws -> TrainingStage {
    let stage = try TrainingStage(name.rawValue, of: out, inputs: [last] + parts)
    last = stage.inputs
    return stage
  }

  /// Makes one picture for each positive training sample, each once.
  /// - Returns: false when stopped earlier.
  func each(
    _ stage: TrainingStage, _ make: @Sendable (Int, Workspace) throws -> GreyPicture
  ) throws -> Bool {
    try runner.each(stage, of: data.positives, make)
  }

  /// One cell a case of the sheet.
  func cells(
    _ make: @Sendable (TrainingSample, Workspace) throws -> ChainPictures.Cell
  ) throws -> [ChainPictures.Cell] {
    let cases = pictures.cases
    return try Items.map(cases.count, threads: options.threads, grain: 1) {
      try make(cases[$0], $1)
    }
  }
}
