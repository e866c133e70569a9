import Foundation
import Graphs
import Imaging
import Localization
import Networks
import Tensors

/// The stages of a decomposition with what they share.
struct DecompositionWork {
  let recipe: DecompositionRecipe
  let options: TrainingRun.Options
  let out: String
  let data: LoadedSamples
  let runner: StageRunner
  /// Numbers of the training slices by their label.
  let lesions: [Int]
  let normals: [Int]
  /// Set once their stages are done.
  var classifierStage: TrainingStage?
  var classifier: Parameters?
  var generators: [Generator] = []
  var fusedStage: TrainingStage?
  var fusion: FusedMaps?
  /// One a round.
  var segmenters: [Parameters] = []

  /// A trained generator.
  struct Generator: Sendable {
    let recipe: AdversarialRecipe
    let stage: TrainingStage
    let maps: AdversarialMaps
  }

  static let classifierName = "1-classifier"
  static let fusedName = "3-fusion"
  static func generatorName(_ own: AdversarialRecipe) -> String { "2-" + own.name }
  static func segmentationName(_ round: Int) -> String { "4-segmentation-\(round + 1)" }

  init(
    run: DecompositionRun, data: LoadedSamples, progress: @escaping (ChainEvent) -> Void,
    shouldStop: @escaping () -> Bool
  ) throws {
    (recipe, options, out, self.data) = (run.recipe, run.options, run.out, data)
    let names =
      [Self.classifierName] + recipe.generators.map(Self.generatorName) + [Self.fusedName]
      + (0..<recipe.segmentation.rounds).map(Self.segmentationName)
    runner = StageRunner(
      names: names, options: options, progress: progress, shouldStop: shouldStop)
    let labels = data.train.facts.map { $0.labels.first.flatMap { $0 } }
    lesions = labels.indices.filter { labels[$0] == 1 }
    normals = labels.indices.filter { labels[$0] == 0 }
    guard !lesions.isEmpty, !normals.isEmpty else { throw TrainingError(.oneClassOnly) }
    try data.checkLungs()
  }

  func stage(
    _ name: String, after earlier: [TrainingStage], _ parts: [String]
  ) throws -> TrainingStage {
    try TrainingStage(name, of: out, inputs: earlier.map(\.inputs) + parts)
  }

  mutating func trainClassifier() throws -> Bool {
    let own = try recipe.classifierRecipe()
    let stage = try stage(
      Self.classifierName, after: [],
      [
        try Checkpoint.digest(
          ChainWork.identity(own), lungModel: options.lungModelDigest, samples: data.train)
      ])
    classifierStage = stage
    let validation = Validation(
      recipe: own, samples: data.validation, threads: options.threads)
    classifier = try runner.train(
      stage, validate: { weights, _ in try validation.metrics(weights) },
      begin: { StageRunner.Beginning(recipe: own, samples: data.train) })
    return classifier != nil
  }

  /// Trains one generator against its critic.
  mutating func train(_ own: AdversarialRecipe) throws -> Bool {
    let wanted = try recipe.generatorRecipe(own)
    guard let classifierStage, let classifier, let layout = recipe.classifier.network else {
      throw TrainingError(.checkpointMismatch)
    }
    let judged = own.method == .biomarker
    let stage = try stage(
      Self.generatorName(own), after: judged ? [classifierStage] : [],
      [
        try Checkpoint.digest(
          ChainWork.identity(wanted), lungModel: options.lungModelDigest, samples: data.train),
        try ChainWork.text(own),
      ])
    let selection = EpochSelection(stage: stage, epochs: own.learning.epochs)
    let selects = own.selection == .imageAUROC
    let weights = try runner.train(
      stage,
      validate: { weights, epoch in
        let ranking = try ranking(own, weights)
        if selects { try selection.offer(weights, epoch: epoch, score: ranking?.value ?? 0) }
        return ranking.map { ["image auroc of the mean map": $0] } ?? [:]
      },
      choose: { selects ? try selection.best() ?? $0 : $0 },
      begin: {
        StageRunner.Beginning(
          recipe: wanted, samples: data.train,
          graph: try AdversarialStep(
            recipe: wanted, settings: own, judge: judged ? (layout, classifier) : nil),
          draw: HalvesDraw(
            lesions: lesions, normals: normals, batch: own.learning.batch,
            seed: wanted.seed))
      })
    guard let weights else { return false }
    generators.append(
      Generator(
        recipe: own, stage: stage,
        maps: try AdversarialMaps(own, parameters: weights, preparation: recipe.preparation)))
    return true
  }

  /// How well the mean of the map over the lungs tells validation slices with lesion from others.
  private func ranking(_ own: AdversarialRecipe, _ weights: Parameters) throws -> Estimate? {
    let maps = try AdversarialMaps(own, parameters: weights, preparation: recipe.preparation)
    let samples = data.validation
    let known = Validation(
      recipe: try recipe.classifierRecipe(), samples: samples, threads: options.threads
    ).truth
    let means = try Items.map(samples.count, threads: options.threads) { index, workspace in
      let image = samples[index].image
      let map = try maps.maps(of: image, using: workspace)
      let shown = (map.lesion ?? map.residual).pixels
      let cells = image.lungCells
      return cells.reduce(0.0) { $0 + Double(max(0, shown[$1])) } / Double(max(1, cells.count))
    }
    return Ranking.auroc(scores: known.map { means[$0.index] }, truth: known.map(\.label))
  }

  /// The maps of the training slices with lesion, as the segmentation network learns them.
  mutating func fuse() throws -> Bool {
    guard let classifierStage, let classifier else { throw TrainingError(.checkpointMismatch) }
    let parts = generators.prefix(recipe.decompositions.count)
    let stage = try stage(
      Self.fusedName, after: [classifierStage] + parts.map(\.stage),
      [try ChainWork.text(recipe.fusion), recipe.maps[0]])
    fusedStage = stage
    let classes = try ClassMaps(recipe, classifier: classifier, method: recipe.maps[0])
    let train = data.train
    let scale = try FusedMaps.scale(
      of: classes, over: train, quantile: recipe.fusion.quantile, threads: options.threads)
    let fused = FusedMaps(
      settings: recipe.fusion, classes: classes, scale: scale, decompositions: parts.map(\.maps))
    fusion = fused
    return try runner.each(stage, of: Array(train.indices)) { index, workspace in
      // A map is at most 1 + floor, or that over a root of its peak: halved, it fits.
      var map = try fused.map(of: train[index].image, using: workspace)
      for cell in map.pixels.indices { map.pixels[cell] = min(1, map.pixels[cell] / 2) }
      return GreyPicture(map, bits: 16)
    }
  }

  /// Each round learns to draw what the one before, first the fused maps, holds for a lesion.
  mutating func trainSegmentation() throws -> Bool {
    guard let fusedStage else { throw TrainingError(.checkpointMismatch) }
    let own = try recipe.segmentationRecipe()
    let validation = Validation(
      recipe: own, samples: data.validation, threads: options.threads)
    var last = fusedStage
    for round in 0..<recipe.segmentation.rounds {
      var settings = recipe.segmentation
      settings.rounds = round + 1
      let stage = try stage(
        Self.segmentationName(round), after: [last], [try ChainWork.text(settings)])
      let teacher = segmenters.last
      let weights = try runner.train(
        stage, validate: { weights, _ in try validation.metrics(weights) },
        begin: {
          let maps = try teacher.map { try probabilities($0, of: data.train) } ?? fusedMaps()
          return StageRunner.Beginning(
            recipe: own, samples: data.train.learning(truth: targets(maps)))
        })
      guard let weights else { return false }
      segmenters.append(weights)
      last = stage
    }
    return true
  }

  private func fusedMaps() throws -> [Image] {
    guard let fusedStage else { throw TrainingError(.checkpointMismatch) }
    return try data.train.indices.map { try StageRunner.picture(fusedStage, $0).image }
  }

  func probabilities(_ weights: Parameters, of samples: SampleSet) throws -> [Image] {
    let own = try recipe.segmentationRecipe()
    let segmenter = try Segmenter(
      network: own.network, parameters: weights, preparation: recipe.preparation)
    return try Items.map(samples.count, threads: options.threads) {
      try segmenter.probabilities(of: samples[$0].image, using: $1)
    }
  }

  /// Cells above the cut of their slice; none on slices without lesion.
  private func targets(_ maps: [Image]) -> [Mask] {
    let background = normals.flatMap { index in
      data.train[index].image.lungCells.map { maps[index].pixels[$0] }
    }
    let settings = recipe.segmentation
    let cut = Statistics.quantiles(background, [settings.quantile])[0]
    let (least, most) = (Float(settings.leastPeak), Float(settings.mostPeak))
    let known = Set(lesions)
    return maps.indices.map { index in
      let map = maps[index]
      var target = Mask(width: map.width, height: map.height)
      guard known.contains(index) else { return target }
      let cells = data.train[index].image.lungCells
      let peak = cells.reduce(0) { max($0, map.pixels[$1]) }
      let own = max(least * peak, min(cut, most * peak))
      for cell in cells where map.pixels[cell] > own { target.bits[cell] = 1 }
      return target
    }
  }
}
