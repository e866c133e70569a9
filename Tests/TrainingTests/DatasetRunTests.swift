import Foundation
import Imaging
import Networks
import Phantoms
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

  /// A recipe may name its data set below the corpus; splits of a list without any are made.
  @Test func aRecipeNamesItsData() throws {
    let corpus = try ToyCorpus(count: 40)
    defer { corpus.remove() }
    let path = corpus.folder + "/labels.csv"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try text.replacingOccurrences(of: "split", with: "note").write(
      toFile: path, atomically: true, encoding: .utf8)
    let folder = corpus.folder as NSString
    var recipe = try Recipe.overData(label: "toy", folder: folder.lastPathComponent)
    for index in recipe.sources.indices {
      recipe.sources[index].list = folder.lastPathComponent + "/labels.csv"
      recipe.sources[index].dataset = .pictures
      recipe.sources[index].rules = DatasetRules()
      recipe.sources[index].rules?.shares = SplitShares(seed: 5, validation: 0.3, test: 0.2)
    }
    let coded = try JSONDecoder().decode(Recipe.self, from: JSONEncoder().encode(recipe))
    #expect(coded.sources == recipe.sources)
    let loader = SampleLoader(
      recipe: coded, corpusRoot: folder.deletingLastPathComponent, lungs: nil, threads: 1)
    let loaded = try #require(try loader.load())
    let shares = SplitShares(seed: 5, validation: 0.3, test: 0.2)
    let wanted = (0..<40).filter { shares.split(of: "\($0)") == .train }.map(String.init)
    #expect(loaded.train.facts.map(\.patient) == wanted)
    #expect(loaded.report.parts.map(\.pictures).reduce(0, +) == 40)
    #expect(loaded.report.sources[0].shares == shares)
  }

  /// Lung networks take the drawn lungs of a data set, whatever its labels.
  @Test func lungNetworksTakeDrawnLungs() throws {
    let folder = try TestFolder()
    try PhantomSet(.init(kind: .radiograph, count: 30, seed: 3, size: 48, folder: folder.path))
      .write()
    try folder.picture("more.png", seed: 1, side: 48)
    let path = folder.path + "/labels.csv"
    let more = "more.png,1,someone,train,,,,,\n"
    try AtomicFile.write(try String(contentsOfFile: path, encoding: .utf8) + more, to: path)
    var recipe = try Recipe.overData(label: "lung", side: 32)
    recipe.task = .segmentation
    var loader = SampleLoader(recipe: recipe, corpusRoot: nil, lungs: nil, threads: 1)
    var request = DatasetRequest(path: folder.path, names: ["lung"], threads: 1)
    request.needs = loader.needs(recipe.sources[0])
    loader.data = try DatasetReader.open(request)
    let loaded = try #require(try loader.load())
    #expect(loaded.report.parts.map(\.pictures).reduce(0, +) == 30)
    #expect(loaded.report.sources[0].skipped["no-drawn-lungs"] == 1)
    #expect(loaded.train.allSatisfy { ($0.truth?.count ?? 0) > 0 })
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
