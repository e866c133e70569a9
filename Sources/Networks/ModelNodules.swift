import Graphs

extension NetworkSpec {
  /// Global means of a `NAM`; nil for another network.
  package var noduleScales: Int? {
    if case .nam(let layout) = self { return layout.scales }
    return nil
  }
}

extension ModelDescription {
  /// Nodules by their activation maps (Feng et al. 2017): the classifier, a `NAM` of one scale, says
  /// whether a slice shows a nodule and about where; candidates of like brightness are cut out there,
  /// and the one whose absence changes the map most is the nodule.
  ///
  /// With `network`, a `NAM` of several scales, its finer map narrows the place. That network reads the
  /// same prepared picture; its parameters lie beside those of the classifier, their names behind
  /// `prefix`.
  package struct Nodules: Sendable, Hashable, Codable {
    /// Before the name of each parameter in `weights.safetensors`.
    package static let prefix = "nodules."
    /// The name of the method, recorded with each finding.
    package static let method = "nodule-activation-map"

    /// nil: the classifier's map alone.
    package var network: NetworkSpec?
    /// A blob is where the map is above this share of its peak (ours: the paper gives none), 0...1.
    package var share: Double
    /// A finer map has a prominent blob inside the coarse one where its largest value there reaches this
    /// share of its own peak (ours), 0...1.
    package var prominence: Double
    /// Phases of brightness (the paper: 4).
    package var phases: Int
    /// What a neighbour of another phase costs (ours).
    package var beta: Double
    /// Candidates below this area are dropped, mm2; pictures without spacing keep all. The paper leaves
    /// out nodules below 3 mm: a disc of 7 mm2.
    package var smallestSquareMillimetres: Double
    /// Blobs that are searched, strongest first: 1, or 2 for the form for two nodules.
    package var blobs: Int

    package init(
      network: NetworkSpec? = nil, share: Double = 0.5, prominence: Double = 0.5, phases: Int = 4,
      beta: Double = 1.5, smallestSquareMillimetres: Double = 7, blobs: Int = 1
    ) {
      self.network = network
      self.share = share
      self.prominence = prominence
      self.phases = phases
      self.beta = beta
      self.smallestSquareMillimetres = smallestSquareMillimetres
      self.blobs = blobs
    }

    /// Whether the numbers mean something.
    package var isSound: Bool {
      (0..<1).contains(share) && (0...1).contains(prominence) && (2...8).contains(phases)
        && (0...100).contains(beta) && (0...10_000).contains(smallestSquareMillimetres)
        && (1...2).contains(blobs)
    }
  }
}
