import Foundation
import Graphs
import Imaging
import Networks
import Tensors

/// Trains the tile network of Ciga and Martel 2021 in every setting of a recipe and measures each on
/// the same test tiles. Stopped or killed at any point, the same call goes on and ends with the same
/// bits.
///
/// The folder holds one folder a setting with its weights, and "figures.json".
package struct TileRun: Sendable {
  package let recipe: TileRecipe
  package let options: TrainingRun.Options
  package let out: String

  package init(recipe: TileRecipe, options: TrainingRun.Options, out: String) {
    self.recipe = options.data == nil ? recipe : recipe.onGivenData
    self.options = options
    self.out = out
  }

  /// - Returns: the figures in the order of the settings, nil when stopped earlier. Throws
  ///   `TrainingError`; `noSamples` where the training films give no tile with a mask, or none with a
  ///   label.
  package func run(
    progress: @escaping (ChainEvent) -> Void = { _ in },
    shouldStop: @escaping () -> Bool = { false }
  ) throws -> [TileFigures]? {
    try recipe.check()
    try TrainingOutput.makeFolder(out)
    guard let raw = try tiles(.train, shouldStop), let rawTest = try tiles(.test, shouldStop)
    else { return nil }
    guard !raw.masked.isEmpty, !raw.labelled.isEmpty else { throw TrainingError(.noSamples) }
    let patients = { (set: TileSet) in Set((set.masked + set.labelled).map(\.patient)) }
    guard patients(raw).isDisjoint(with: patients(rawTest)) else {
      throw TrainingError(.patientInTwoSplits)
    }
    let scale = TileSet.Scale(raw.masked)
    let (train, test) = (raw.scaled(by: scale), rawTest.scaled(by: scale))
    progress(.tiles(train: train.counts, test: test.counts))
    let runner = StageRunner(
      names: recipe.settings.map(\.name), options: options, progress: progress,
      shouldStop: shouldStop)
    var all: [TileFigures] = []
    for setting in recipe.settings {
      let part = TilePart(train, setting: setting, seed: recipe.seed)
      guard let weights = try self.train(part, setting, scale, runner) else { return nil }
      let figures = try TileMeasure(recipe: recipe, threads: options.threads)
        .figures(setting, part, weights, on: test)
      progress(.tile(figures))
      all.append(figures)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try TrainingOutput.write([UInt8](try encoder.encode(all)), to: out + "/figures.json")
    return all
  }

  private func train(
    _ part: TilePart, _ setting: TileRecipe.Setting, _ scale: TileSet.Scale, _ runner: StageRunner
  ) throws -> Parameters? {
    var own = try recipe.recipe()
    let alternates = recipe.objective == .alternating
    // As many updates from masks with labels beside them as without.
    if alternates, part.masked.isEmpty || part.labelled.isEmpty { own.stepsPerEpoch /= 2 }
    let samples = SampleSet(part.samples(recipe))
    let stage = try TrainingStage(
      setting.name, of: out,
      inputs: [
        try Checkpoint.digest(own, lungModel: nil, samples: samples),
        try ChainWork.text(recipe.tiles), recipe.objective.rawValue, try ChainWork.text(scale),
      ])
    return try runner.train(stage, validate: { _, _ in [:] }) {
      StageRunner.Beginning(
        recipe: own, samples: samples,
        graph: try TileStep(
          recipe: own, objective: recipe.objective, masked: !part.masked.isEmpty,
          labelled: !part.labelled.isEmpty),
        draw: TileDraw(
          objective: recipe.objective, masked: part.masked.count, labelled: part.labelled.count,
          seed: own.seed, stepsPerEpoch: own.stepsPerEpoch))
    }
  }

  /// The tiles of all sources of one use, source after source.
  private func tiles(
    _ use: Recipe.Source.Use, _ shouldStop: () -> Bool
  ) throws -> TileSet? {
    let loader = options.loader(try recipe.recipe())
    try loader.check()
    var films: [(source: Int, films: FilmSource, index: Int)] = []
    for (number, source) in recipe.sources.enumerated()
    where source.use == use && !loader.leavesOut(source) {
      let own = try FilmSource(
        source, names: recipe.labels.map(\.name), corpusRoot: options.corpusRoot,
        needs: loader.needs(source), number: number, data: options.data)
      films += (0..<own.count).map { (number, own, $0) }
    }
    return try TileCutter(recipe: recipe).cut(
      films.count,
      { (try films[$0].films.film(films[$0].index), films[$0].source) }, shouldStop: shouldStop)
  }
}

extension TileRecipe {
  /// The same on the data set that the command line gives, by its splits "train" and "test".
  var onGivenData: TileRecipe {
    var recipe = self
    recipe.sources = [Recipe.Source.Use.train, .test].map { use in
      var source = Recipe.Source(kind: .data, use: use)
      source.split = use.rawValue
      return source
    }
    return recipe
  }
}

extension TileSet {
  /// How many tiles a set has.
  package struct Counts: Sendable {
    package let masks: Int
    package let labels: Int
    package let films: Int
    package let undrawn: Int
  }

  var counts: Counts {
    Counts(masks: masked.count, labels: labelled.count, films: films, undrawn: undrawn)
  }
}
