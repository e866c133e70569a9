import Networks

/// How a network that makes slices look normal is trained against a critic, as data.
///
/// A step first updates the critic `criticSteps` times, then the generator once, each time on a
/// batch of its own, half with lesion and half without.
package struct AdversarialRecipe: Sendable, Codable {
  package enum Method: String, Sendable, Codable {
    /// Yang et al. 2021: a slice is the sum of a normal part and a lesion part.
    case decomposition
    /// VA-GAN (Baumgartner et al. 2018): a slice with lesion becomes normal when a map is added.
    case attribution = "va-gan"
    /// After Zhang et al. 2019, of whose method only a summary is known here: a slice with lesion is
    /// rebuilt so that critic and classifier take it for normal.
    case biomarker
  }

  /// Whose made slices the critic judges.
  package enum Fakes: String, Sendable, Codable {
    /// As the paper says.
    case all
    /// As the authors' code does.
    case lesions
  }

  /// The weights that a training ends with.
  package enum Selection: String, Sendable, Codable {
    case last
    /// Of the epochs in the second half, the one whose mean map tells validation slices with lesion
    /// from others best (AUROC, image labels alone).
    case imageAUROC = "image-auroc"
  }

  /// The name of its stage and of its maps.
  package var name: String
  package var method: Method
  /// `batch` counts the slices of one update, both halves.
  package var learning: ChainRecipe.Learning
  package var critic: NetworkSpec
  package var criticOptimizer: OptimizerSettings
  package var criticSteps: Int
  /// Weight of the gradient penalty in the critic's loss (Gulrajani et al. 2017: 10).
  package var penalty: Double
  /// Weight of the critic's opinion in the generator's loss.
  package var adversarial: Double
  /// Decomposition: weight of `|x - g1 - g2|` over all slices, and of `|x - g1|` over normal ones;
  /// the others: of `|map|`. Means over the pixels inside the lungs.
  package var reconstruction: Double
  package var normal: Double?
  /// Biomarker: weight of the classifier's cross-entropy with "normal".
  package var classification: Double?
  /// The norm of these terms, 1 or 2; nil: 1.
  package var power: Int?
  /// nil: `all` for the decomposition; the others have slices with lesion alone.
  package var fakes: Fakes?
  /// nil: `last`.
  package var selection: Selection?

  /// Throws `TrainingError(.recipe)`.
  func check() throws {
    func require(_ condition: Bool) throws {
      guard condition else { throw TrainingError(.recipe) }
    }
    guard let network = learning.network, case .critic = critic else {
      throw TrainingError(.recipe)
    }
    let isDecomposition = method == .decomposition
    if case .decomposition = network {
      try require(isDecomposition)
    } else {
      try require(!isDecomposition && network.outputs == 1)
    }
    try require(network.inChannels == 1 && critic.inChannels == 1)
    try require(!name.isEmpty && name.utf8.count <= 40 && !name.contains("/"))
    try require(learning.batch >= 2 && learning.batch.isMultiple(of: 2))
    try require((1...100).contains(criticSteps) && criticOptimizer.isWithinBounds)
    try require(learning.microBatch == nil && learning.dropBlock == nil)
    let weights = [penalty, adversarial, reconstruction, normal ?? 0, classification ?? 0]
    try require(weights.allSatisfy { $0 >= 0 && $0.isFinite })
    try require(isDecomposition == (normal != nil) && (1...2).contains(power ?? 1))
    try require((method == .biomarker) == (classification != nil))
    try require(isDecomposition || fakes == nil)
  }

  /// Slices that a whole step draws.
  var drawn: Int { criticSteps * learning.batch }
}
