import Foundation
import Networks
import Testing
import Training

/// Whole runs over a data set.
@Suite struct DatasetRunTests {
  private func run(
    _ corpus: ToyCorpus, _ out: String, cache: String?, threads: Int
  ) throws -> ModelPackage? {
    var recipe = try ToyCorpus.recipe(epochs: 2)
    for index in recipe.sources.indices {
      var source = Recipe.Source(kind: .data, use: recipe.sources[index].use)
      source.split = recipe.sources[index].use.rawValue
      recipe.sources[index] = source
    }
    var options = TrainingRun.Options(threads: threads)
    options.data = try DatasetReader.open(
      DatasetRequest(path: corpus.folder, names: ["toy"], threads: 1))
    options.cacheFolder = cache
    return try TrainingRun(recipe: recipe, options: options, out: out).run()
  }

  /// With and without a cache, and as the older kind of source: the same bits.
  @Test func theCacheChangesNoBit() throws {
    let corpus = try ToyCorpus(count: 24)
    let folder = try TestFolder()
    defer { corpus.remove() }
    let memory = try run(corpus, folder.path + "/a", cache: nil, threads: 1)
    let cached = try run(corpus, folder.path + "/b", cache: folder.path + "/cache", threads: 2)
    #expect(memory != nil && memory?.parameters == cached?.parameters)
    let older = try TrainingRun(
      recipe: try ToyCorpus.recipe(epochs: 2),
      options: .init(corpusRoot: corpus.folder, threads: 1), out: folder.path + "/c"
    ).run()
    #expect(older?.parameters == memory?.parameters)
    let reports = try ["a", "b"].map {
      try String(contentsOfFile: folder.path + "/\($0)/dataset.json", encoding: .utf8)
    }
    #expect(reports[0] == reports[1] && reports[0].contains("\"pictures\" : 18"))
  }

  @Test func aRunWithoutItsDataIsRefused() throws {
    let folder = try TestFolder()
    let recipe = try Recipe.overData(label: "toy")
    #expect(throws: TrainingError(.noSamples, index: 0)) {
      try TrainingRun(recipe: recipe, options: .init(threads: 1), out: folder.path).run()
    }
    var wrong = recipe
    wrong.sources[0].rules = DatasetRules()
    wrong.sources[0].rules?.shares.test = 1.5
    #expect(throws: TrainingError(.recipe, index: 0)) { try wrong.check() }
  }
}
