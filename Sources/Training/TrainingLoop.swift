import Foundation

/// One line of a run's log.
package struct EpochReport: Sendable, Codable {
  package let epoch: Int
  package let loss: Double
  package let seconds: Double
  /// By source of the recipe, e.g. "1 radiograph-phantoms auroc".
  package var metrics: [String: Estimate] = [:]
}

/// Runs a trainer epoch by epoch in a folder of its own: checkpoint, log, validation.
struct TrainingLoop {
  /// Of "checkpoint.safetensors" and "log.jsonl"; must exist.
  let folder: String
  /// Stop (resumable) after this many epochs of this call; nil runs to the end.
  var epochLimit: Int?

  private var checkpointPath: String { folder + "/checkpoint.safetensors" }

  /// Goes on from the checkpoint, where there is one, to the end of the recipe, the epoch limit,
  /// or the step after which `shouldStop` says so.
  /// - Returns: whether the recipe is finished.
  func run(
    _ trainer: inout Trainer, validate: (Trainer) throws -> [String: Estimate],
    progress: (EpochReport) -> Void, shouldStop: () -> Bool
  ) throws -> Bool {
    let recipe = trainer.recipe
    if let saved = try Checkpoint.read(checkpointPath, recipe: trainer.digest) {
      try trainer.resume(saved)
    }
    let start = trainer.epoch
    while trainer.epoch < recipe.epochs {
      if shouldStop() || trainer.epoch - start >= epochLimit ?? .max { return false }
      let clock = ContinuousClock.now
      guard let loss = try finishEpoch(&trainer, shouldStop) else { return false }
      var report = EpochReport(
        epoch: trainer.epoch, loss: loss,
        seconds: (ContinuousClock.now - clock) / .seconds(1))
      // Before the checkpoint: what a validation leaves behind is then there for every epoch that a
      // checkpoint calls done.
      if trainer.epoch % recipe.validateEvery == 0 || trainer.epoch == recipe.epochs {
        report.metrics = try validate(trainer)
      }
      try trainer.checkpoint().write(to: checkpointPath)
      try log(report)
      progress(report)
    }
    return true
  }

  /// Runs the rest of the epoch under way. nil when stopped inside it, with the state saved.
  private func finishEpoch(_ trainer: inout Trainer, _ shouldStop: () -> Bool) throws -> Double? {
    while true {
      if let loss = try trainer.runStep() { return loss }
      let stops = shouldStop()
      let every = trainer.recipe.checkpointEvery
      if stops || every.map({ trainer.step % $0 == 0 }) ?? false {
        try trainer.checkpoint().write(to: checkpointPath)
      }
      if stops { return nil }
    }
  }

  private func log(_ report: EpochReport) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let path = folder + "/log.jsonl"
    if !FileManager.default.fileExists(atPath: path) {
      _ = FileManager.default.createFile(atPath: path, contents: nil)
    }
    guard var line = try? encoder.encode(report), let file = FileHandle(forWritingAtPath: path)
    else { throw TrainingError(.output) }
    defer { try? file.close() }
    line.append(UInt8(ascii: "\n"))
    do {
      try file.seekToEnd()
      try file.write(contentsOf: line)
    } catch CocoaError.fileWriteOutOfSpace {
      throw TrainingError(.diskFull)
    } catch { throw TrainingError(.output) }
  }
}
