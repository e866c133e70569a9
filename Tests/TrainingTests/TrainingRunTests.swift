import Foundation
import Graphs
import Imaging
import Localization
import Networks
import Tensors
import Testing
import Training

@Suite struct TrainingRunTests {
  private func folder() -> String { NSTemporaryDirectory() + "run-\(UUID().uuidString)" }

  @Test func learnsAToyProblemAndItsMapFindsIt() throws {
    let corpus = try ToyCorpus()
    let out = folder()
    defer {
      corpus.remove()
      try? FileManager.default.removeItem(atPath: out)
    }
    var recipe = try ToyCorpus.recipe(epochs: 8)
    recipe.experimental = true
    let run = TrainingRun(
      recipe: recipe,
      options: .init(corpusRoot: corpus.folder, threads: 2), out: out)
    var losses: [Double] = []
    var last: EpochReport?
    let model = try #require(
      try run.run(progress: {
        losses.append($0.loss)
        last = $0
      }))
    #expect((losses.last ?? 9) < 0.7 * (losses.first ?? 0))
    #expect((last?.metrics["1 pictures auroc"]?.value ?? 0) > 0.9)
    #expect((model.description.calibration?.a ?? 0) < 0)
    #expect(model.description.operatingPoint?.targetSensitivity == 0.9)

    let loaded = try ModelPackage.load(out)
    #expect(loaded.digest == model.digest)
    #expect(loaded.description.experimental == true)
    try loaded.verify(workspace: Workspace(threads: 1))
    try expectMapsOnSquares(loaded, corpus)
    let lines = try String(contentsOfFile: out + "/log.jsonl", encoding: .utf8)
    #expect(lines.split(separator: "\n").count == 8)
  }

  private func expectMapsOnSquares(_ model: ModelPackage, _ corpus: ToyCorpus) throws {
    let classifier = try Classifier(model: model)
    let workspace = Workspace(threads: 1)
    var hits = 0
    for (file, box) in corpus.squares {
      let image = try PNG.read(corpus.folder + "/" + file).image
      let prepared = classifier.preparation.prepare(image)
      let heat = try #require(try classifier.read(prepared, using: workspace).heatmap)
      let map = prepared.overSource(heat.image)
      let peak = map.pixels.indices.max { map.pixels[$0] < map.pixels[$1] } ?? 0
      let (row, column) = (peak / map.width, peak % map.width)
      if (box.row - 2..<box.row + 8).contains(row),
        (box.column - 2..<box.column + 8).contains(column)
      {
        hits += 1
      }
    }
    #expect(hits * 10 >= corpus.squares.count * 7)
  }

  @Test func resumedRunEqualsUninterruptedBitForBit() throws {
    let corpus = try ToyCorpus(count: 24)
    let (whole, parts) = (folder(), folder())
    defer {
      corpus.remove()
      for path in [whole, parts] { try? FileManager.default.removeItem(atPath: path) }
    }
    let recipe = try ToyCorpus.recipe(epochs: 3)
    let one = try TrainingRun(
      recipe: recipe, options: .init(corpusRoot: corpus.folder, threads: 1), out: whole
    ).run()
    for _ in 0..<2 {
      let stopped = try TrainingRun(
        recipe: recipe, options: .init(corpusRoot: corpus.folder, threads: 2, epochLimit: 1),
        out: parts
      ).run()
      #expect(stopped == nil)
    }
    let two = try TrainingRun(
      recipe: recipe, options: .init(corpusRoot: corpus.folder, threads: 2), out: parts
    ).run()
    #expect(one?.parameters == two?.parameters)
    #expect(one?.digest == two?.digest)
    #expect(one != nil)
  }

  @Test func anotherRecipeIsNotResumed() throws {
    let corpus = try ToyCorpus(count: 24)
    let out = folder()
    defer {
      corpus.remove()
      try? FileManager.default.removeItem(atPath: out)
    }
    let options = TrainingRun.Options(corpusRoot: corpus.folder, threads: 1, epochLimit: 1)
    _ = try TrainingRun(recipe: try ToyCorpus.recipe(epochs: 3), options: options, out: out).run()
    #expect(throws: TrainingError(.checkpointMismatch)) {
      try TrainingRun(recipe: try ToyCorpus.recipe(epochs: 4), options: options, out: out).run()
    }
  }

  @Test func recipesThatAskForTheImpossibleAreRefused() throws {
    var recipe = try ToyCorpus.recipe(epochs: 1)
    recipe.sources[0].list = nil
    #expect(throws: TrainingError(.recipe, index: 0)) { try recipe.check() }
    recipe = try ToyCorpus.recipe(epochs: 0)
    #expect(throws: TrainingError(.recipe)) { try recipe.check() }
    let wrong: [(inout Recipe) -> Void] = [
      { $0.validateEvery = 0 }, { $0.batch = 513 }, { $0.preparation.width = 8 },
      { $0.stepsPerEpoch = 0 }, { $0.sources[0].weight = .nan },
      { $0.sources.append(.init(kind: .radiographPhantoms, use: .train, seed: 1, count: 0)) },
      {
        $0.sources.append(.init(kind: .radiographPhantoms, use: .train, seed: 1, count: 4, size: 8))
      },
    ]
    for change in wrong {
      var recipe = try ToyCorpus.recipe(epochs: 1)
      try recipe.check()
      change(&recipe)
      #expect(throws: TrainingError.self) { try recipe.check() }
    }
    let corpusless = TrainingRun(
      recipe: try ToyCorpus.recipe(epochs: 1), options: .init(threads: 1), out: folder())
    #expect(throws: TrainingError(.noSamples, index: 0)) { try corpusless.run() }
  }

  @Test func onlyAskedForDoesItTrainOnPhantomsAlone() throws {
    var recipe = try ToyCorpus.recipe(epochs: 1)
    recipe.sources += [
      .init(kind: .radiographPhantoms, use: .train, seed: 1, count: 8, size: 48),
      .init(kind: .radiographPhantoms, use: .validation, seed: 2, count: 4, size: 48),
    ]
    let out = folder()
    defer { try? FileManager.default.removeItem(atPath: out) }
    var options = TrainingRun.Options(threads: 1)
    #expect(throws: TrainingError(.noSamples, index: 0)) {
      try TrainingRun(recipe: recipe, options: options, out: out).run()
    }
    options.withoutPictures = true
    #expect(try TrainingRun(recipe: recipe, options: options, out: out).run() != nil)
  }

  @Test func trainingPicturesNameTheirLicencesAndNoneIsNonCommercial() throws {
    for licences in [nil, [], ["own", "CC BY-NC 4.0"]] {
      var recipe = try ToyCorpus.recipe(epochs: 1)
      recipe.sources[0].licences = licences
      #expect(throws: TrainingError(.licenceRefused, index: 0)) { try recipe.check() }
    }
    var recipe = try ToyCorpus.recipe(epochs: 1)
    recipe.sources[0].licences = ["CC BY-NC 4.0"]
    recipe.allowNonCommercial = true
    try recipe.check()
  }

  @Test func otherSamplesOrLungsOrShapesAreNotResumed() throws {
    let corpus = try ToyCorpus(count: 24)
    let out = folder()
    defer {
      corpus.remove()
      try? FileManager.default.removeItem(atPath: out)
    }
    let recipe = try ToyCorpus.recipe(epochs: 3)
    var options = TrainingRun.Options(corpusRoot: corpus.folder, threads: 1, epochLimit: 1)
    let run = { (options: TrainingRun.Options) in
      try TrainingRun(recipe: recipe, options: options, out: out).run()
    }
    _ = try run(options)
    options.lungModelDigest = "another"
    #expect(throws: TrainingError(.checkpointMismatch)) { try run(options) }
    options.lungModelDigest = nil

    let path = out + "/checkpoint.safetensors"
    let saved = try Data(contentsOf: URL(fileURLWithPath: path))
    var contents = try Safetensors.decode([UInt8](saved))
    contents.parameters["m.head.bias"] = Tensor([2], [0, 0])
    try Data(Safetensors.encode(contents.parameters, metadata: contents.metadata)).write(
      to: URL(fileURLWithPath: path))
    #expect(throws: TrainingError(.checkpointMismatch)) { try run(options) }
    try saved.write(to: URL(fileURLWithPath: path))

    let list = corpus.folder + "/labels.csv"
    let text = try String(contentsOfFile: list, encoding: .utf8)
    try text.replacingOccurrences(of: "p2.png,0", with: "p2.png,1").write(
      toFile: list, atomically: true, encoding: .utf8)
    #expect(throws: TrainingError(.checkpointMismatch)) { try run(options) }
    try text.write(toFile: list, atomically: true, encoding: .utf8)
    #expect(try run(options) == nil)
  }
}
