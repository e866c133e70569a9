import Foundation
import Graphs

/// Keeps the weights of the best epoch so far in the folder of a stage, by a score from image labels.
///
/// An epoch that is run again after a stop offers the same weights and score again: what is kept
/// follows from the run alone.
struct EpochSelection {
  private struct Kept: Codable {
    let epoch: Int
    let score: Double
  }

  let stage: TrainingStage
  /// Of the run; the first half is not offered to.
  let epochs: Int

  private var notePath: String { stage.folder + "/best.json" }
  private var weightsPath: String { stage.folder + "/best.safetensors" }

  /// Takes the weights where their score is above that of every epoch before.
  func offer(_ weights: Parameters, epoch: Int, score: Double) throws {
    guard 2 * epoch > epochs else { return }
    if let kept, kept.epoch < epoch, kept.score >= score { return }
    // The weights first: a note without them would be believed.
    try StageRunner.write(weights, to: weightsPath)
    let data = try JSONEncoder().encode(Kept(epoch: epoch, score: score))
    try TrainingOutput.write([UInt8](data), to: notePath)
  }

  /// nil where no epoch was offered. Throws `checkpointMismatch` where the weights are gone.
  func best() throws -> Parameters? {
    guard kept != nil else { return nil }
    guard let weights = StageRunner.read(weightsPath) else {
      throw TrainingError(.checkpointMismatch)
    }
    return weights
  }

  private var kept: Kept? {
    FileManager.default.contents(atPath: notePath)
      .flatMap { try? JSONDecoder().decode(Kept.self, from: $0) }
  }
}
