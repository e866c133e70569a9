import Foundation
import Graphs
import Imaging
import Localization
import Networks
import Phantoms
import Tensors

/// What a chain costs on this machine, from a few steps of each of its parts.
///
/// Nothing is learned that could be used: the inputs are phantoms prepared as the recipe says, and
/// the networks start as they would. Times are of whole steps, data included.
package struct ChainProbe: Sendable {
  /// One part of the chain.
  package struct Cost: Sendable, Codable {
    /// "classifier", "map", "seeds", "affinity", "walk", "segmentation".
    package let part: String
    /// Seconds of one training step, or of one picture.
    package let seconds: Double
    /// Steps of the whole run, or pictures.
    package let count: Int
    /// Pictures of a step.
    package let batch: Int

    package var total: Double { seconds * Double(count) }
  }

  package let recipe: ChainRecipe
  package let threads: Int
  /// Training steps that are timed, after one that is not; pictures likewise.
  package let steps: Int
  /// Positive training pictures of the whole run: each gets a map, seeds and a walk.
  package let positives: Int

  package init(recipe: ChainRecipe, threads: Int, steps: Int, positives: Int) {
    self.recipe = recipe
    self.threads = threads
    self.steps = steps
    self.positives = positives
  }

  /// Measures every part in the order of the chain. Throws as `ChainRun`.
  package func run(progress: (Cost) -> Void = { _ in }) throws -> [Cost] {
    try recipe.check()
    let samples = (0..<4).map(sample)
    var costs: [Cost] = []
    func add(_ cost: Cost) {
      progress(cost)
      costs.append(cost)
    }
    let classifier = try recipe.classifierRecipe()
    add(try training("classifier", classifier, SampleSet(samples)))
    let weights = try classifier.network.initialParameters(seed: recipe.seed)
    let maps = try ChainMaps(recipe, classifier: weights)
    add(try picture("map") { _ = try maps.map(of: samples[$0 % 4].image, using: $1) })
    let seeds = ChainSeeds(recipe)
    add(
      try picture("seeds") { index, _ in
        let sample = samples[index % 4]
        _ = try seeds.labels(sample.image, map: Self.map(of: sample))
      })
    let affinity = try recipe.affinityRecipe()
    let start = try affinity.network.irNetParameters(from: weights, seed: recipe.seed)
    add(
      try training(
        "affinity", affinity, SampleSet(samples.filter { $0.labels.first == .some(1) }),
        graph: AffinityStep(recipe: affinity, radius: recipe.affinity.radius), start: start))
    let reader = try AffinityReader(recipe, parameters: start)
    add(
      try picture("walk") {
        let sample = samples[$0 % 4]
        _ = try reader.spread(Self.map(of: sample), over: sample.image, using: $1)
      })
    add(try training("segmentation", recipe.segmentationRecipe(), SampleSet(samples)))
    return costs
  }

  private func sample(_ index: Int) -> TrainingSample {
    var options = RadiographPhantom.Options()
    options.side = index % 2 == 0 ? .some(.left) : .some(nil)
    let film = RadiographPhantom(
      seed: 1, index: index, size: max(128, recipe.preparation.width), options: options)
    let prepared = recipe.preparation.prepare(film.image, lung: film.lungs)
    let truth = prepared.follow(film.truth)
    var sample = TrainingSample(
      image: prepared,
      labels: [film.hasPneumothorax ? 1 : 0] + (recipe.auxiliary ?? []).map { _ in 0 },
      truth: truth, patient: String(index), source: source, origin: "phantom")
    sample.seeds = truth.bits
    return sample
  }

  /// The first source that is trained on: samples are drawn by source.
  private var source: Int { recipe.sources.firstIndex { $0.use == .train } ?? 0 }

  /// The truth as a map: what the walk and the CRF cost does not depend on how good it is.
  private static func map(of sample: TrainingSample) -> Image {
    let base = sample.image.base
    return Image(
      width: base.width, height: base.height,
      pixels: sample.truth?.bits.map(Float.init)
        ?? [Float](repeating: 0, count: base.pixels.count))
  }

  private func training(
    _ part: String, _ recipe: Recipe, _ samples: SampleSet,
    graph: (any StepGraph)? = nil, start: Parameters? = nil
  ) throws -> Cost {
    var trainer = try Trainer(
      recipe: recipe, digest: "", samples: samples, threads: threads, graph: graph, start: start)
    _ = try trainer.runStep()
    let clock = ContinuousClock.now
    for _ in 0..<steps { _ = try trainer.runStep() }
    let seconds = (ContinuousClock.now - clock) / .seconds(1)
    return Cost(
      part: part, seconds: seconds / Double(steps), count: recipe.epochs * recipe.stepsPerEpoch,
      batch: recipe.batch)
  }

  /// Pictures are independent: as many at once as there are threads.
  private func picture(
    _ part: String, _ body: @Sendable (Int, Workspace) throws -> Void
  ) throws -> Cost {
    let count = steps * threads
    try body(0, Workspace(threads: 1))
    let clock = ContinuousClock.now
    _ = try Items.map(count, threads: threads, grain: 1) { index, workspace in
      try body(index, workspace)
      return true
    }
    let seconds = (ContinuousClock.now - clock) / .seconds(1)
    return Cost(part: part, seconds: seconds / Double(count), count: positives, batch: 1)
  }
}
