import Graphs
import Imaging
import Localization
import Lungs
import Networks
import Tensors

/// What the network says of samples it was not trained on.
struct Validation: Sendable {
  let recipe: Recipe
  let samples: SampleSet
  let threads: Int

  /// The logit of each label for every sample, in order.
  func logits(_ parameters: Parameters) throws -> [[Double]] {
    let classifier = try Classifier(
      network: recipe.network, parameters: parameters, preparation: recipe.preparation)
    return try map { sample, workspace in
      try classifier.read(sample.image, using: workspace).logits
    }
  }

  /// The largest value inside the lung of the first label's map over the input; samples without a finite
  /// one are left out. A map is held only while it is read: those of a whole set are as large as the set.
  func peaks(_ parameters: Parameters, method: String, of indices: [Int]) throws -> [Float] {
    guard let localizer = Localizers.named(method) else {
      throw LocalizationError(.unknownMethod)
    }
    let classifier = try Classifier(
      network: recipe.network, parameters: parameters, preparation: recipe.preparation,
      localizer: localizer)
    let peaks = try Items.map(indices.count, threads: threads) { at, workspace -> Float in
      let image = samples[indices[at]].image
      guard let map = try classifier.read(image, using: workspace).heatmap?.image else { return 0 }
      let spread = map.bilinear(width: image.base.width, height: image.base.height)
      return (image.lung.map { spread.values(inside: $0) } ?? spread.pixels).max() ?? -.infinity
    }
    return peaks.filter(\.isFinite)
  }

  /// The masks of a segmentation network at the input size, threshold .5.
  func masks(_ parameters: Parameters) throws -> [Mask] {
    let lungs = try RadiographLungs(
      network: recipe.network, parameters: parameters, preparation: recipe.preparation)
    return try map { sample, workspace in
      Mask(try lungs.probabilities(of: sample.image, using: workspace), atLeast: 0.5)
    }
  }

  /// Samples whose first label is known, with it.
  var truth: [(index: Int, label: Int)] { truth(of: 0) }

  /// Samples of which a label is known as 1 or 0, with it.
  func truth(of label: Int) -> [(index: Int, label: Int)] {
    samples.facts.enumerated().compactMap { index, facts in
      guard facts.labels.indices.contains(label), let value = facts.labels[label],
        value != UncertainLabels.value
      else { return nil }
      return (index, Int(value))
    }
  }

  private func map<T: Sendable>(
    _ body: @Sendable (TrainingSample, Workspace) throws -> T
  ) throws -> [T] {
    try Items.map(samples.count, threads: threads) { try body(samples[$0], $1) }
  }
}
