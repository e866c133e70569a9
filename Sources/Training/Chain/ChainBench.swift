import Graphs
import Imaging
import Localization
import Lungs
import Networks
import Phantoms
import Tensors

/// One part of a chain made ready to run again and again: its networks are planned, its pictures
/// prepared.
package struct ChainBench {
  package let part: ChainProbe.Part
  /// Pictures of a run.
  package let batch: Int
  /// Steps of the whole chain, or pictures.
  package let count: Int
  /// One picture, its number first; nil where a step is trained.
  let picture: (@Sendable (Int, Workspace) throws -> Void)?
  private var trainer: Trainer?
  private let workspace: Workspace
  private var runs = 0

  /// Of the training of a network.
  init(_ part: ChainProbe.Part, _ trainer: Trainer, threads: Int) {
    let recipe = trainer.recipe
    (self.part, self.trainer, picture) = (part, trainer, nil)
    (batch, count) = (recipe.batch, recipe.epochs * recipe.stepsPerEpoch)
    workspace = Workspace(threads: threads)
  }

  /// Of what is done to `count` single pictures.
  init(
    _ part: ChainProbe.Part, count: Int, threads: Int,
    _ picture: @escaping @Sendable (Int, Workspace) throws -> Void
  ) {
    (self.part, self.count, self.picture) = (part, count, picture)
    (batch, trainer) = (1, nil)
    workspace = Workspace(threads: threads)
  }

  /// One training step with its data and its update, or one picture by all threads.
  ///
  /// Throws as the part of the chain does.
  package mutating func run() throws {
    if let picture { try picture(runs, workspace) } else { _ = try trainer?.runStep() }
    runs += 1
  }

  /// Draws and augments the batch of a step without using it; nothing for single pictures.
  package func drawData(_ step: Int) { _ = trainer?.maker.batch(epoch: 0, step: step) }
}

extension ChainProbe {
  /// Prepares a part. Throws as `ChainRun`.
  package func bench(_ part: Part, threads: Int) throws -> ChainBench {
    let (recipe, samples) = (recipe, samples)
    switch part {
    case .classifier:
      return try bench(part, recipe.classifierRecipe(), samples, threads)
    case .affinity:
      let own = try recipe.affinityRecipe()
      return try bench(
        part, own, samples.filter { $0.labels.first == .some(1) }, threads,
        graph: AffinityStep.graph(of: own, radius: recipe.affinity.radius),
        start: boundaryParameters())
    case .segmentation:
      return try bench(part, recipe.segmentationRecipe(), samples, threads)
    case .score:
      let own = try recipe.classifierRecipe()
      let classifier = try Classifier(
        network: own.network, parameters: own.network.initialParameters(seed: own.seed),
        preparation: own.preparation)
      return ChainBench(part, count: validations(of: own), threads: threads) {
        _ = try classifier.read(samples[$0 % samples.count].image, using: $1)
      }
    case .map:
      let maps = try ChainMaps(recipe, classifier: classifierParameters())
      return ChainBench(part, count: positives, threads: threads) {
        _ = try maps.map(of: samples[$0 % samples.count].image, using: $1)
      }
    case .seeds:
      let seeds = ChainSeeds(recipe.seeds)
      return ChainBench(part, count: positives, threads: threads) { index, _ in
        let sample = samples[index % samples.count]
        _ = try seeds.labels(sample.image, map: Self.map(of: sample))
      }
    case .walk:
      let reader = try AffinityReader(recipe, parameters: boundaryParameters())
      return ChainBench(part, count: positives, threads: threads) {
        let sample = samples[$0 % samples.count]
        _ = try reader.spread(Self.map(of: sample), over: sample.image, using: $1)
      }
    case .mask:
      let own = try recipe.segmentationRecipe()
      let segmenter = try ChainSegmenter(
        recipe, parameters: own.network.initialParameters(seed: own.seed))
      return ChainBench(part, count: validations(of: own), threads: threads) {
        let image = samples[$0 % samples.count].image
        _ = segmenter.mask(try segmenter.probability(of: image, using: $1))
      }
    }
  }

  private func bench(
    _ part: Part, _ recipe: Recipe, _ samples: [TrainingSample], _ threads: Int,
    graph: (any StepGraph)? = nil, start: Parameters? = nil
  ) throws -> ChainBench {
    let trainer = try Trainer(
      recipe: recipe, digest: "", samples: SampleSet(samples), threads: threads, graph: graph,
      start: start)
    return ChainBench(part, trainer, threads: threads)
  }

  private func classifierParameters() throws -> Parameters {
    try recipe.classifierRecipe().network.initialParameters(seed: recipe.seed)
  }

  private func boundaryParameters() throws -> Parameters {
    try recipe.affinityRecipe().network.irNetParameters(
      from: classifierParameters(), seed: recipe.seed)
  }

  /// Pictures that the validations of a training read, as far as the sources say how many.
  private func validations(of recipe: Recipe) -> Int {
    let pictures = recipe.sources.reduce(0) {
      $0 + ($1.use == .validation ? $1.count ?? 0 : 0)
    }
    return pictures * max(1, recipe.epochs / recipe.validateEvery)
  }

  /// The truth as a map: what the walk and the CRF cost does not depend on how good it is.
  private static func map(of sample: TrainingSample) -> Image {
    let base = sample.image.base
    return Image(
      width: base.width, height: base.height,
      pixels: sample.truth?.bits.map(Float.init)
        ?? [Float](repeating: 0, count: base.pixels.count))
  }

  /// A phantom prepared as the recipe says; those of even numbers are positive.
  static func sample(_ index: Int, of recipe: ChainRecipe) -> TrainingSample {
    var options = RadiographPhantom.Options()
    options.side = index % 2 == 0 ? .some(.left) : .some(nil)
    let film = RadiographPhantom(
      seed: 1, index: index, size: max(128, recipe.preparation.width), options: options)
    let prepared = recipe.preparation.prepare(film.image, lung: film.lungs)
    let truth = prepared.follow(film.truth)
    // The first source that is trained on: samples are drawn by source.
    let source = recipe.sources.firstIndex { $0.use == .train } ?? 0
    var sample = TrainingSample(
      image: prepared,
      labels: [film.hasPneumothorax ? 1 : 0] + (recipe.auxiliary ?? []).map { _ in 0 },
      truth: truth, patient: String(index), source: source, origin: "phantom")
    sample.seeds = truth.bits
    return sample
  }
}
