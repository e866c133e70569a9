import Localization
import Networks

/// The recipes of the networks of a mixture.
extension MixedRecipe {
  /// As many logits a label as the rule for uncertain labels needs.
  var logitsPerLabel: Int { uncertain == .threeClass ? UncertainLabels.classes : 1 }

  /// Throws `TrainingError(.recipe)` as the others.
  package func classifierRecipe() throws -> Recipe {
    try recipe(.classification, classifier, classifier.network, suffix: "classifier")
  }

  func encoderRecipe() throws -> Recipe {
    guard let encoder else { throw TrainingError(.recipe) }
    return try recipe(.classification, encoder, encoderNetwork(), suffix: "encoder")
  }

  /// The trunk of the segmentation network, without its dilations, under a mean and a linear layer.
  private func encoderNetwork() throws -> NetworkSpec {
    .resNet(ResNet(try segmentationTrunk().strided, outputs: labels.count * logitsPerLabel))
  }

  func segmentationTrunk() throws -> ResNetTrunk {
    switch segmentation.learning.network {
    case .deepLabV3Plus(let layout): layout.trunk
    case .deepLabV3(let layout): layout.trunk
    default: throw TrainingError(.recipe)
    }
  }

  /// The trunk of the encoder under the heads of IRNet.
  func affinityRecipe() throws -> Recipe {
    guard let affinity, affinity.learning.network == nil else { throw TrainingError(.recipe) }
    let network = try? encoderRecipe().network.boundaryNetwork(
      edgeWidth: affinity.edgeWidth, width: affinity.width)
    return try recipe(.affinity, affinity.learning, network, suffix: "affinity")
  }

  func segmentationRecipe(_ variant: Variant) throws -> Recipe {
    var own = try recipe(
      .segmentation, segmentation.learning, segmentation.learning.network,
      suffix: "segmentation")
    own.loss =
      variant.teacher == nil
      ? SegmentationLoss(.dice)
      : SegmentationLoss(.distillation, temperature: segmentation.temperature)
    return own
  }

  func contrastRecipe() throws -> Recipe {
    guard let contrast else { throw TrainingError(.recipe) }
    let network = NetworkSpec.resNet(
      ResNet(try segmentationTrunk().strided, outputs: contrast.dimension))
    return try recipe(.contrast, contrast.learning, network, suffix: "contrast")
  }

  private func recipe(
    _ task: Recipe.Task, _ learning: ChainRecipe.Learning, _ network: NetworkSpec?, suffix: String
  ) throws -> Recipe {
    guard let network else { throw TrainingError(.recipe) }
    var recipe = learning.recipe(
      name: name + "-" + suffix, version: version, task: task, network: network, seed: seed)
    recipe.modalities = modalities
    recipe.labels = labels
    recipe.preparation = preparation
    recipe.sources = sources
    recipe.targetSensitivity = targetSensitivity
    recipe.mapMethod = maps.method
    recipe.lungModel = lungModel
    recipe.allowNonCommercial = allowNonCommercial
    recipe.experimental = experimental
    recipe.uncertain = task == .classification ? uncertain : nil
    return recipe
  }

  /// The same on the data set that the command line gives, by its splits "train", "validation" and
  /// "test": drawn masks of its training part are the expert masks. One that names such data itself
  /// stays as it is.
  var onGivenData: MixedRecipe {
    guard !sources.contains(where: { $0.kind == .data && $0.folder == nil }) else { return self }
    var recipe = self
    recipe.sources = [Recipe.Source.Use.train, .validation, .test].map { use in
      var source = Recipe.Source(kind: .data, use: use)
      source.split = use.rawValue
      source.annotated = use == .train
      return source
    }
    return recipe
  }
}

extension MixedRecipe {
  private static let names = 1...64

  /// Throws `TrainingError`: `recipe`, or what a recipe of one network throws.
  package func check() throws {
    let variants = segmentation.variants
    var recipes = [try classifierRecipe()]
    if encoder != nil { recipes.append(try encoderRecipe()) }
    if affinity != nil { recipes.append(try affinityRecipe()) }
    if contrast != nil { recipes.append(try contrastRecipe()) }
    recipes += try variants.map(segmentationRecipe)
    for recipe in recipes { try recipe.check() }
    func require(_ condition: Bool) throws {
      guard condition else { throw TrainingError(.recipe) }
    }
    try require(Self.names.contains(labels.count) && Self.names.contains(variants.count))
    try require(Set(labels.map(\.name)).count == labels.count)
    try require(Set(variants.map(\.name)).count == variants.count)
    try require(classifier.network?.outputs == labels.count * logitsPerLabel)
    try require(segmentation.learning.network?.outputs == labels.count)
    try require(Localizers.named(maps.method) != nil && maps.averaging?.isSound ?? true)
    try require(lungModel != nil || !preparation.needsLungs)
    try require(sources.contains { $0.use == .train && $0.annotated == true })
    if let seeds {
      let share = 0.0...1.0
      try require(share.contains(seeds.background) && share.contains(seeds.foreground))
      try require(seeds.background < seeds.foreground)
      try require(seeds.crf == nil || (try? seeds.crf?.check()) != nil)
    }
    if let contrast {
      try require((2...4096).contains(contrast.dimension) && (0..<1).contains(contrast.momentum))
      try require((1...1_000_000).contains(contrast.queue) && contrast.temperature > 0)
      try require(contrast.queue.isMultiple(of: contrast.learning.batch))
    }
    if let walk { try require((try? walk.check()) != nil) }
    if let affinity { try require((2...20).contains(affinity.radius)) }
    for (index, variant) in variants.enumerated() {
      try check(variant, after: Array(variants[..<index]), number: index)
    }
    if let product = segmentation.product {
      try require(variants.contains { $0.name == product })
    }
  }

  private func check(_ variant: Variant, after earlier: [Variant], number: Int) throws {
    func require(_ condition: Bool) throws {
      guard condition else { throw TrainingError(.recipe, index: number) }
    }
    let letters = variant.name.utf8.allSatisfy { byte in
      let character = Character(UnicodeScalar(byte))
      return character.isASCII
        && (character.isLetter || character.isNumber || ".-".contains(character))
    }
    try require(
      Self.names.contains(variant.name.utf8.count) && letters && variant.name.first != ".")
    try require((0...1).contains(variant.expertProbability ?? 0.5))
    try require(variant.experts ?? 1 >= 0 && variant.others ?? 1 >= 0)
    try require(variant.teacher.map { name in earlier.contains { $0.name == name } } ?? true)
    switch variant.start ?? .random {
    case .random: break
    case .imported: try require(imported != nil)
    case .contrastive: try require(contrast != nil)
    case .classifier: try require(encoder != nil)
    }
    if variant.pseudo == .affinity {
      try require(seeds != nil && affinity != nil && walk != nil && encoder != nil)
    }
  }
}
