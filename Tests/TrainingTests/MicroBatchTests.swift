import Foundation
import Graphs
import Networks
import Testing
import Training

/// A batch in parts: the same step as the whole batch, where nothing looks across pictures.
@Suite struct MicroBatchTests {
  /// One step of plain descent on eight pictures.
  private func recipe(microBatch: Int?, batchNorm: Bool) throws -> Recipe {
    var recipe = try ToyCorpus.recipe(epochs: 1)
    guard case .vggGAP(var network) = recipe.network else { throw TrainingError(.recipe) }
    network.batchNorm = batchNorm
    recipe.network = .vggGAP(network)
    (recipe.batch, recipe.stepsPerEpoch, recipe.averageDecay) = (8, 1, nil)
    recipe.optimizer = OptimizerSettings(kind: .sgd, rate: 0.5)
    recipe.microBatch = microBatch
    return recipe
  }

  private func trained(
    _ recipe: Recipe, stopAfter: Int = 0, out given: String? = nil
  ) throws -> Parameters? {
    let corpus = try ToyCorpus(count: 24)
    let out = given ?? NSTemporaryDirectory() + "micro-\(UUID().uuidString)"
    defer {
      corpus.remove()
      if given == nil { try? FileManager.default.removeItem(atPath: out) }
    }
    var asked = 0
    return try TrainingRun(
      recipe: recipe, options: .init(corpusRoot: corpus.folder, threads: 1), out: out
    ).run(shouldStop: {
      asked += 1
      return asked == stopAfter
    })?.parameters
  }

  private func largest(_ a: Parameters, _ b: Parameters, _ names: [String]) -> Float {
    names.reduce(Float(0)) { worst, name in
      zip(a[name]?.values ?? [], b[name]?.values ?? []).reduce(worst) {
        max($0, abs($1.0 - $1.1))
      }
    }
  }

  @Test(arguments: [1, 2, 4]) func partsGiveTheGradientOfTheWhole(_ size: Int) throws {
    let start = try recipe(microBatch: nil, batchNorm: false)
    let first = try start.network.initialParameters(seed: start.seed)
    let whole = try #require(try trained(start))
    let parts = try #require(try trained(recipe(microBatch: size, batchNorm: false)))
    #expect(largest(whole, first, whole.names) > 1e-3)
    #expect(largest(whole, parts, whole.names) < 2e-6)
  }

  /// The first layer sees the same cells either way: its averages follow the same statistics.
  @Test func averagesFollowThePooledStatistics() throws {
    let whole = try #require(try trained(recipe(microBatch: nil, batchNorm: true)))
    let parts = try #require(try trained(recipe(microBatch: 2, batchNorm: true)))
    let running = whole.names.filter { $0.contains("running") }
    let firstLayer = try #require(running.first).prefix { $0 != "." }
    let names = running.filter { $0.hasPrefix(firstLayer + ".") }
    let initial = try recipe(microBatch: nil, batchNorm: true)
    let start = try initial.network.initialParameters(seed: initial.seed)
    #expect(largest(whole, start, names) > 1e-3)
    #expect(largest(whole, parts, Array(names.prefix(2))) < 1e-5)
  }

  @Test func stoppedAndContinuedEndsWithTheSameBits() throws {
    var recipe = try recipe(microBatch: 2, batchNorm: true)
    (recipe.stepsPerEpoch, recipe.epochs, recipe.averageDecay) = (4, 2, 0.9)
    let out = NSTemporaryDirectory() + "micro-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: out) }
    let whole = try #require(try trained(recipe))
    #expect(try trained(recipe, stopAfter: 3, out: out) == nil)
    #expect(try trained(recipe, out: out) == whole)
  }

  @Test(arguments: [0, 3, 16]) func partsMustDivideTheBatch(_ size: Int) throws {
    let recipe = try recipe(microBatch: size, batchNorm: false)
    #expect(throws: TrainingError(.recipe)) { try recipe.check() }
  }
}
