import Networks

/// Learning to segment with labels of whole tiles (Ciga and Martel 2021) as data: one network whose
/// map of logits masks train directly and labels through a small layer on top.
///
/// Films are cut into tiles. One whose commonest class holds `dominant` of its cells or more gives
/// the label of that class; of the others, one of exactly two classes gives its mask; the rest are
/// left out.
package struct TileRecipe: Sendable, Codable {
  package var name: String
  package var version: String
  package var modalities: [String]
  /// Classes above the first, which is everything else; where truths overlap, the earlier one counts.
  package var labels: [ModelDescription.Label]
  package var sources: [Recipe.Source]
  package var seed: UInt64
  package var allowNonCommercial: Bool?
  package var tiles: Cutting
  /// A `ciga` network of one logit a class.
  package var learning: ChainRecipe.Learning
  package var objective: Objective
  package var settings: [Setting]
}

extension TileRecipe {
  package struct Cutting: Sendable, Codable {
    /// Side of a tile and distance between tiles, in pixels of the film.
    package var side: Int
    package var stride: Int
    package var dominant: Double
    /// Tiles with masks, and tiles with labels, at most: labels in equal parts by class.
    package var masks: Int
    package var labels: Int
    /// Of one film, at most so many with masks, and so many of each class.
    package var perFilm: Int
  }

  package enum Objective: String, Sendable, Codable {
    /// The paper: of two steps, the first learns masks, the second labels, through the layer on top.
    case alternating
    /// The authors' later code: one step learns both of every tile, the losses summed. A tile without
    /// mask has its label in every cell, one with a mask its commonest class for a label.
    case summed
  }

  /// What a network learns from.
  package enum Use: String, Sendable, Codable {
    /// `share` of the masks.
    case masks = "S"
    /// `share` of the masks, the rest of the labels: 100 - s.
    case masksAndRest = "S+C"
    /// `share` of the masks, all labels.
    case masksAndLabels = "S+C*"
    /// `share` of the labels.
    case labels = "C"
    /// `share` of the labels, all masks.
    case labelsAndMasks = "C+S*"
  }

  package struct Setting: Sendable, Codable {
    package var use: Use
    /// Percent.
    package var share: Double

    package var name: String { "\(use.rawValue)-\(share)" }

    package init(use: Use, share: Double) {
      self.use = use
      self.share = share
    }
  }

  /// Classes of the network: everything else, then the labels.
  package var classes: Int { labels.count + 1 }

  package func recipe() throws -> Recipe {
    guard let network = learning.network else { throw TrainingError(.recipe) }
    var recipe = learning.recipe(
      name: name, version: version, task: .tiles, network: network, seed: seed)
    recipe.modalities = modalities
    recipe.labels = labels
    recipe.preparation = TileSet.preparation(side: tiles.side)
    recipe.sources = sources
    recipe.targetSensitivity = 0.5
    recipe.allowNonCommercial = allowNonCommercial
    return recipe
  }

  /// Throws `TrainingError`: `recipe`, with the number of the setting where it is one's, or what a
  /// recipe of one network throws.
  package func check() throws {
    func require(_ condition: Bool, _ index: Int? = nil) throws {
      guard condition else { throw TrainingError(.recipe, index: index) }
    }
    let recipe = try recipe()
    try recipe.check()
    guard case .ciga(let layout) = recipe.network else { throw TrainingError(.recipe) }
    try require(layout.outputs == classes && layout.inChannels == 1 && classes <= 64)
    try require(layout.tileHead == (objective == .summed ? .maximum : .perceptron))
    try require((16...512).contains(tiles.side) && (1...tiles.side).contains(tiles.stride))
    try require(tiles.dominant > 0.5 && tiles.dominant <= 1)
    try require((1...1_000_000).contains(tiles.masks) && (1...1_000_000).contains(tiles.labels))
    try require((1...10_000).contains(tiles.perFilm))
    // Two steps belong together.
    try require(objective == .summed || learning.stepsPerEpoch.isMultiple(of: 2))
    try require(!settings.isEmpty && Set(settings.map(\.name)).count == settings.count)
    for (index, setting) in settings.enumerated() {
      try require((0...100).contains(setting.share), index)
      // Nothing to learn from.
      let isEmpty = setting.share == 0 && (setting.use == .masks || setting.use == .labels)
      try require(!isEmpty, index)
    }
  }
}
