import Graphs

extension ModelDescription {
  /// The second network of a model in two parts: the first says whether a picture shows the
  /// label, this one where (Viniavskyi et al. 2020, step 3).
  ///
  /// It reads the same prepared picture and gives one logit a label and cell, in the model's order.
  /// Its parameters lie beside those of the classifier, their names behind `prefix`.
  package struct Segmentation: Sendable, Hashable, Codable {
    /// Before the name of each parameter in `weights.safetensors`.
    package static let prefix = "segmentation."
    /// The name of the method, recorded with each finding.
    package static let method = "segmentation"

    package var network: NetworkSpec
    /// Cells of this probability and more are drawn; 0...1.
    package var threshold: Double
    /// Where the threshold came from: whether pixel truth had a hand in it.
    package var thresholdSource: String?
    /// Connected regions smaller than this share of the picture are dropped; 0 keeps all.
    package var smallestShare: Double
    /// Connected regions of a lower mean probability are dropped; 0 keeps all.
    package var leastMeanProbability: Double
    /// Scales and mirror images that the probabilities are averaged over.
    package var averaging: MapAveraging?

    package init(
      network: NetworkSpec, threshold: Double = 0.5, thresholdSource: String? = nil,
      smallestShare: Double = 0, leastMeanProbability: Double = 0, averaging: MapAveraging? = nil
    ) {
      self.network = network
      self.threshold = threshold
      self.thresholdSource = thresholdSource
      self.smallestShare = smallestShare
      self.leastMeanProbability = leastMeanProbability
      self.averaging = averaging
    }

    /// Whether the numbers mean something. A mean of probabilities is one, a sum over its peak not.
    var isSound: Bool {
      let shares = [threshold, smallestShare, leastMeanProbability]
      return shares.allSatisfy { (0...1).contains($0) }
        && averaging.map { $0.isSound && $0.normalisation == .mean } ?? true
    }
  }

  /// How the map that is shown is made and cut: by the segmentation network where there is one,
  /// else as `map` says; nil when the model has neither.
  package var shownMap: Map? { shownMap(ofLabel: 0) }

  /// The same with the label's own cut, where it has one.
  package func shownMap(ofLabel label: Int) -> Map? {
    var shown = commonMap
    if let own = labels[label].mapThreshold { shown?.threshold = own }
    return shown
  }

  private var commonMap: Map? {
    guard let segmentation else { return map }
    return Map(
      method: Segmentation.method, threshold: segmentation.threshold,
      thresholdSource: segmentation.thresholdSource, averaging: segmentation.averaging)
  }

  /// Throws `.version` for another format and `.document` for parts that do not fit together.
  func check() throws {
    guard format == Self.currentFormat else { throw ModelError(.version) }
    func require(_ condition: Bool) throws {
      guard condition else { throw ModelError(.document) }
    }
    try require(labels.count == network.outputs)
    try require(preparation.channels.count == network.inChannels)
    try require(map?.averaging?.isSound ?? true)
    try require(slicePictures?.isSound ?? true)
    guard let segmentation else { return }
    try require(task == .classification && segmentation.isSound)
    try require(segmentation.network.outputs == labels.count)
    try require(segmentation.network.inChannels == network.inChannels)
  }
}

extension Parameters {
  /// The parameters whose names begin with `prefix`, without it, and the others.
  func split(at prefix: String) -> (behind: Parameters, others: Parameters) {
    var (behind, others) = (Parameters(), Parameters())
    for name in names {
      if name.hasPrefix(prefix) {
        behind[String(name.dropFirst(prefix.count))] = self[name]
      } else {
        others[name] = self[name]
      }
    }
    return (behind, others)
  }

  /// These, and those of another network behind `prefix`.
  func joined(_ other: Parameters, at prefix: String) -> Parameters {
    var all = self
    for name in other.names { all[prefix + name] = other[name] }
    return all
  }
}
