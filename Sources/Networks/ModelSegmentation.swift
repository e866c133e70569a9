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

  /// The network beside the classifier, of models in two parts, and what stands before the names of its
  /// parameters and its golden logits.
  package var second: (network: NetworkSpec, prefix: String)? {
    if let segmentation { return (segmentation.network, Segmentation.prefix) }
    return nodules?.network.map { ($0, Nodules.prefix) }
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
    if nodules != nil {
      // The cut is of a mask: 1 inside, 0 outside.
      return Map(method: Nodules.method, threshold: 0.5, thresholdSource: "none")
    }
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
    if let nodules {
      try require(segmentation == nil && task == .classification && nodules.isSound)
      // Its map is taken apart by the weights of its one logit, and its candidates out of one channel.
      try require(labels.count == 1 && preparation.channels == [.intensity])
      try require(network.noduleScales == 1)
      try require(
        nodules.network.map { ($0.noduleScales ?? 0) > 1 && $0.outputs == 1 && $0.inChannels == 1 }
          ?? true)
    }
    guard let segmentation else { return }
    try require(task == .classification && segmentation.isSound)
    try require(segmentation.network.outputs == labels.count)
    try require(segmentation.network.inChannels == network.inChannels)
  }
}
