import Foundation
import Graphs
import Testing
import Training

/// One law for every optimizer, with every form of the average: a run that was stopped, inside an
/// epoch and again in the next, leaves the same bytes as one that was not.
@Suite struct ResumeTests {
  enum Average: CaseIterable {
    case none, warming, fixed
  }

  static let optimizers: [OptimizerSettings] = {
    var sgd = OptimizerSettings(kind: .sgd, rate: 0.05, weightDecay: 1e-3)
    sgd.clipNorm = 0.5
    sgd.groups = [.init(match: "*.bias", rate: 2), .init(match: "head.*", rate: 10)]
    let adam = OptimizerSettings(kind: .adam, rate: 0.01, beta1: 0.5, beta2: 0.9)
    let adamW = OptimizerSettings(kind: .adamW, rate: 0.01, weightDecay: 0.1)
    var radam = OptimizerSettings(kind: .radam, rate: 0.01, weightDecay: 0.1)
    radam.variant = .reference
    var torch = radam
    torch.variant = .torch
    torch.clipValue = 0.1
    return [sgd, adam, adamW, radam, torch]
  }()

  private func recipe(_ optimizer: OptimizerSettings, _ average: Average) throws -> Recipe {
    var recipe = try ToyCorpus.recipe(epochs: 2)
    (recipe.batch, recipe.stepsPerEpoch, recipe.optimizer) = (4, 6, optimizer)
    recipe.schedule.kind = .poly
    recipe.schedule.per = optimizer.kind == .sgd ? .epoch : nil
    recipe.schedule.minimumRate = 1e-3
    if average == .none { recipe.averageDecay = nil }
    if average == .fixed { recipe.averageWarming = false }
    return recipe
  }

  @Test(arguments: optimizers, Average.allCases)
  func goesOnBitForBit(_ optimizer: OptimizerSettings, _ average: Average) throws {
    let corpus = try ToyCorpus(count: 24)
    let folders = (0..<2).map { _ in NSTemporaryDirectory() + "resume-\(UUID().uuidString)" }
    defer {
      corpus.remove()
      for path in folders { try? FileManager.default.removeItem(atPath: path) }
    }
    let recipe = try recipe(optimizer, average)
    let run = { (folder: String, stopAfter: Int) in
      var asked = 0
      return try TrainingRun(
        recipe: recipe, options: .init(corpusRoot: corpus.folder, threads: 1 + stopAfter % 2),
        out: folder
      ).run(shouldStop: {
        asked += 1
        return asked == stopAfter
      })
    }
    let whole = try #require(try run(folders[0], 0))
    // Asked before the first step and after each step but the last of an epoch.
    #expect(try run(folders[1], 4) == nil)
    #expect(try step(folders[1]) == [0, 3, 3])
    #expect(try run(folders[1], 5) == nil)
    #expect(try step(folders[1]) == [1, 1, 7])
    let parts = try #require(try run(folders[1], 0))
    #expect(whole.digest == parts.digest)
    #expect(whole.parameters == parts.parameters)
    #expect(try bytes(folders[0]) == bytes(folders[1]))
    #expect(try step(folders[0]) == [2, 0, 12])
    #expect(try losses(folders[0]) == losses(folders[1]))
  }

  @Test func savesWithinAnEpochWhereAsked() throws {
    let corpus = try ToyCorpus(count: 24)
    let out = NSTemporaryDirectory() + "resume-\(UUID().uuidString)"
    defer {
      corpus.remove()
      try? FileManager.default.removeItem(atPath: out)
    }
    var recipe = try recipe(Self.optimizers[1], .warming)
    recipe.checkpointEvery = 4
    var seen: [[Int?]] = []
    _ = try TrainingRun(
      recipe: recipe, options: .init(corpusRoot: corpus.folder, threads: 1), out: out
    ).run(shouldStop: {
      if let saved = try? step(out), saved != seen.last { seen.append(saved) }
      return false
    })
    #expect(seen == [[0, 4, 4], [1, 0, 6], [1, 4, 10]])
  }

  /// Checkpoints from before runs stopped inside epochs do not name the step.
  @Test func oldCheckpointsGoOn() throws {
    let corpus = try ToyCorpus(count: 24)
    let out = NSTemporaryDirectory() + "resume-\(UUID().uuidString)"
    defer {
      corpus.remove()
      try? FileManager.default.removeItem(atPath: out)
    }
    let recipe = try recipe(Self.optimizers[1], .warming)
    var options = TrainingRun.Options(corpusRoot: corpus.folder, threads: 1, epochLimit: 1)
    #expect(try TrainingRun(recipe: recipe, options: options, out: out).run() == nil)
    let saved = try Safetensors.decode([UInt8](bytes(out)))
    let facts = saved.metadata.filter { $0.key != "step" && $0.key != "lossSum" }
    #expect(facts.count == saved.metadata.count - 2)
    try Data(Safetensors.encode(saved.parameters, metadata: facts)).write(
      to: URL(fileURLWithPath: out + "/checkpoint.safetensors"))
    options.epochLimit = nil
    #expect(try TrainingRun(recipe: recipe, options: options, out: out).run() != nil)
  }

  @Test func stateThatDoesNotAddUpIsNotResumed() throws {
    let corpus = try ToyCorpus(count: 24)
    let out = NSTemporaryDirectory() + "resume-\(UUID().uuidString)"
    defer {
      corpus.remove()
      try? FileManager.default.removeItem(atPath: out)
    }
    let run = TrainingRun(
      recipe: try recipe(Self.optimizers[0], .none),
      options: .init(corpusRoot: corpus.folder, threads: 1), out: out)
    var asked = 0
    _ = try run.run(shouldStop: {
      asked += 1
      return asked == 3
    })
    let saved = try Safetensors.decode([UInt8](bytes(out)))
    for (key, value) in [
      ("step", "3"), ("step", "6"), ("step", "-1"), ("lossSum", "7ff8000000000000"),
    ] {
      var metadata = saved.metadata
      metadata[key] = value
      try Data(Safetensors.encode(saved.parameters, metadata: metadata)).write(
        to: URL(fileURLWithPath: out + "/checkpoint.safetensors"))
      #expect(throws: TrainingError(.checkpointMismatch)) { try run.run() }
    }
  }

  private func bytes(_ folder: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: folder + "/checkpoint.safetensors"))
  }

  /// Epochs finished, steps since, and all steps.
  private func step(_ folder: String) throws -> [Int?] {
    let facts = try Safetensors.decode([UInt8](bytes(folder))).metadata
    return ["epoch", "step", "steps"].map { facts[$0].flatMap { Int($0) } }
  }

  private func losses(_ folder: String) throws -> [Double] {
    try String(contentsOfFile: folder + "/log.jsonl", encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(EpochReport.self, from: Data($0.utf8)).loss
    }
  }
}
