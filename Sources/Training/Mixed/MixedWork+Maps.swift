import Graphs
import Imaging
import Localization
import Networks
import Tensors

/// The classifier of all labels, and its map of each label that a picture shows.
extension MixedWork {
  func openClassifierStage() throws -> TrainingStage {
    let own = try recipe.classifierRecipe()
    return try stage(
      Name.classifier.rawValue, after: [],
      [
        try Checkpoint.digest(
          ChainWork.identity(own), lungModel: options.lungModelDigest, samples: data.train)
      ])
  }

  /// The weights of a network of one logit a label.
  func trainClassifier(_ stage: TrainingStage) throws -> Parameters? {
    try trainLabels(stage, try recipe.classifierRecipe())
  }

  /// A classifier of all labels; one of three logits a label is folded to one.
  func trainLabels(_ stage: TrainingStage, _ own: Recipe) throws -> Parameters? {
    let folding = LabelFolding(own)
    let validation = Validation(
      recipe: folding.recipe, samples: data.validation, threads: options.threads)
    let weights = try runner.train(
      stage,
      validate: { weights, _ in
        let logits = try validation.logits(folding.fold(weights))
        return labelRankings(logits, of: data.validation)
      }, begin: { StageRunner.Beginning(recipe: own, samples: data.train) })
    return weights.map(folding.fold)
  }

  /// AUROC by label.
  func labelRankings(_ logits: [[Double]], of samples: SampleSet) -> [String: Estimate] {
    var metrics: [String: Estimate] = [:]
    for (label, named) in recipe.labels.enumerated() {
      let known = samples.facts.enumerated().compactMap { index, facts in
        facts.labels[label].flatMap { $0 < 0 ? nil : (logits[index][label], Int($0)) }
      }
      metrics["auroc " + named.name] = Ranking.auroc(
        scores: known.map(\.0), truth: known.map(\.1))
    }
    return metrics
  }

  /// Writes one map a pair, 16 bits, 65535 at its peak.
  mutating func makeMaps(_ classifier: Parameters, after first: TrainingStage) throws -> Bool {
    let stage = try stage(
      Name.maps.rawValue, after: [first], [try ChainWork.text(recipe.maps)])
    mapsStage = stage
    let own = LabelFolding(try recipe.classifierRecipe()).recipe
    let maps = try recipe.labels.indices.map {
      try ChainMaps(own, settings: recipe.maps, classifier: classifier, label: $0)
    }
    self.maps = maps
    let (pairs, train) = (pairs, data.train)
    return try runner.each(stage, of: Array(pairs.indices)) { index, workspace in
      let pair = pairs[index]
      return GreyPicture(
        try maps[pair.label].map(of: train[pair.sample].image, using: workspace), bits: 16)
    }
  }

  /// By label, from the maps and masks of the experts; .5 where they drew nothing of it.
  func chooseMapThresholds() throws -> [Double] {
    let drawn = Set(experts)
    return try recipe.labels.indices.map { label in
      let own = pairs.indices.filter {
        pairs[$0].label == label && drawn.contains(pairs[$0].sample)
      }
      let maps = try own.map(map)
      let truth = own.compactMap { data.train[pairs[$0].sample].truths[label] }
      return PseudoMasks.threshold(maps: maps, truth: truth) ?? 0.5
    }
  }
}
