import Graphs
import Imaging
import Networks
import Tensors

/// What was found in one slice, at the input size.
package struct NoduleReading: Sendable {
  /// One blob of the map with what was cut out in it.
  package struct Place: Sendable, Equatable {
    /// Where candidates are looked for: the blob of the classifier's map, narrowed by the finer one.
    package let scope: Mask
    /// Connected, of the brightest phases inside the scope; none where nothing is bright there.
    package let candidates: [Mask]
    /// The candidate whose absence changes the map most.
    package let chosen: Int?
  }

  /// Strongest first.
  package let places: [Place]

  /// All candidates: the coarse segmentation.
  package func coarse(width: Int, height: Int) -> Mask {
    places.flatMap(\.candidates).reduce(Mask(width: width, height: height)) { $0.union($1) }
  }

  /// The chosen ones: the fine segmentation.
  package func fine(width: Int, height: Int) -> Mask {
    places.reduce(Mask(width: width, height: height)) { all, place in
      place.chosen.map { all.union(place.candidates[$0]) } ?? all
    }
  }
}

/// Cuts nodules out of slices that a classifier calls (Feng et al. 2017, section 2.2).
///
/// A value: any number of workers share one, each with a workspace of its own.
package struct NoduleFinder: Sendable {
  package let settings: ModelDescription.Nodules
  private let classifier: PlannedNetwork
  private let finer: PlannedNetwork?

  /// - Parameters:
  ///   - network, parameters: the classifier, a `NAM`.
  ///   - finer: the parameters of `settings.network`, where it names one.
  /// Throws `ModelError`, `GraphError` or `LocalizationError` when they do not fit together.
  package init(
    network: NetworkSpec, parameters: Parameters, finer: Parameters?,
    settings: ModelDescription.Nodules, preparation: ImagePreparation
  ) throws {
    guard settings.isSound, (finer == nil) == (settings.network == nil),
      preparation.channels == [.intensity]
    else { throw LocalizationError(.settings) }
    self.settings = settings
    func planned(_ network: NetworkSpec, _ weights: Parameters) throws -> PlannedNetwork {
      try PlannedNetwork(
        network, parameters: weights, inputSize: (preparation.height, preparation.width)
      ) { graph in [try NoduleActivationMap.map(of: 0, in: &graph)] }
    }
    classifier = try planned(network, parameters)
    self.finer = try finer.flatMap { weights in
      try settings.network.map { try planned($0, weights) }
    }
  }

  /// The map of the classifier at the input size.
  package func map(of image: PreparedImage, using workspace: Workspace) throws -> Image {
    try map(image.channelValues, by: classifier, using: workspace)
  }

  /// That of the network of several scales; nil where there is none.
  package func finerMap(of image: PreparedImage, using workspace: Workspace) throws -> Image? {
    try finer.map { try map(image.channelValues, by: $0, using: workspace) }
  }

  /// Whether the slice shows one is for the classifier to say: here is where. Throws `inputSize` for a
  /// picture prepared otherwise.
  package func nodules(
    in image: PreparedImage, using workspace: Workspace
  ) throws -> NoduleReading {
    let whole = try map(of: image, using: workspace)
    let fine = try finerMap(of: image, using: workspace)
    let lung = image.lung ?? Mask(Image(width: whole.width, height: whole.height), atLeast: 0)
    let phases = PhaseSegmentation(
      image.base, inside: lung, phases: settings.phases, beta: settings.beta)
    let places = try NoduleScope.blobs(of: whole, share: settings.share, most: settings.blobs)
      .map { blob in
        let scope = fine.map { narrowed(blob, by: $0) } ?? blob
        let candidates = phases.map { self.candidates($0, in: scope, of: image) } ?? []
        return NoduleReading.Place(
          scope: scope, candidates: candidates,
          chosen: try chosen(candidates, of: image, whole, in: blob, using: workspace))
      }
    return NoduleReading(places: places)
  }

  /// The prominent blob of the finer map within the scope; the scope itself where there is none.
  private func narrowed(_ scope: Mask, by map: Image) -> Mask {
    let peak = map.pixels.max() ?? 0
    let inside = map.values(inside: scope).max() ?? 0
    guard peak > 0, Double(inside) >= settings.prominence * Double(peak) else { return scope }
    var own = map
    for cell in own.pixels.indices where scope.bits[cell] == 0 { own.pixels[cell] = 0 }
    let blob = NoduleScope.blobs(of: own, share: settings.share, most: 1).first?
      .intersection(scope)
    return blob.flatMap { $0.isEmpty ? nil : $0 } ?? scope
  }

  /// Connected parts of the brightest phase inside the scope, else of the two brightest.
  private func candidates(
    _ phases: PhaseSegmentation, in scope: Mask, of image: PreparedImage
  ) -> [Mask] {
    let least = image.cellSquareMillimetres.map { settings.smallestSquareMillimetres / $0 } ?? 0
    for phase in [settings.phases - 1, settings.phases - 2] {
      let bright = phases.mask(from: phase, width: scope.width, height: scope.height)
        .intersection(scope)
      let parts = Components(bright, connectivity: .all)
      let found = (0..<parts.count).filter { Double(parts.sizes[$0]) >= least }
      if !found.isEmpty { return found.map(parts.mask) }
    }
    return []
  }

  /// Equation 4: over the blob of the classifier's map, the sum of squares between it and the map of the
  /// slice without the candidate.
  private func chosen(
    _ candidates: [Mask], of image: PreparedImage, _ map: Image, in scope: Mask,
    using workspace: Workspace
  ) throws -> Int? {
    guard candidates.count > 1 else { return candidates.isEmpty ? nil : 0 }
    let cells = scope.bits.indices.filter { scope.bits[$0] != 0 }
    let all = candidates.reduce(Mask(width: map.width, height: map.height)) { $0.union($1) }
    let changes = try candidates.map { candidate in
      let other = try self.map(
        of: image.filling(candidate, beside: all), using: workspace)
      return cells.reduce(0.0) { sum, cell in
        let off = Double(map.pixels[cell] - other.pixels[cell])
        return sum + off * off
      }
    }
    return changes.indices.max { changes[$0] < changes[$1] }
  }

  private func map(
    _ values: [Float], by network: PlannedNetwork, using workspace: Workspace
  ) throws -> Image {
    guard values.count == network.inputShape.count else { throw LocalizationError(.inputSize) }
    let map = try network.run(Tensor(network.inputShape, values), using: workspace)[0]
    return Image(width: map.shape[1], height: map.shape[0], pixels: map.values)
      .bilinear(width: network.inputShape[3], height: network.inputShape[2])
  }
}

extension PreparedImage {
  /// Without a candidate: its cells take the mean of the lung around it (the paper masks it, and does
  /// not say by what), 0 where nothing but candidates lies there.
  fileprivate func filling(_ candidate: Mask, beside all: Mask) -> PreparedImage {
    var ring = candidate.dilated(radius: 3).subtracting(all)
    if let lung { ring = ring.intersection(lung) }
    let around = base.values(inside: ring)
    let mean = around.isEmpty ? 0 : around.reduce(0, +) / Float(around.count)
    var filled = self
    for cell in candidate.bits.indices where candidate.bits[cell] != 0 {
      filled.base.pixels[cell] = mean
    }
    return filled
  }
}
