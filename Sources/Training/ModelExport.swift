import Graphs
import Imaging
import Localization
import Networks
import Tensors

/// From trained weights to a model package: heads cut to the labels, calibration, operating point
/// and map threshold from validation, golden vectors.
struct ModelExport: Sendable {
  let recipe: Recipe
  let validation: Validation

  /// `segmentation`: the second network of a model in two parts, with its weights.
  func export(
    _ trained: Parameters,
    segmentation: (section: ModelDescription.Segmentation, weights: Parameters)? = nil,
    to folder: String
  ) throws -> ModelPackage {
    var description = ModelDescription(
      name: recipe.name, version: recipe.version,
      task: recipe.task == .classification ? .classification : .segmentation,
      modalities: recipe.modalities, labels: recipe.labels, network: network,
      preparation: recipe.preparation)
    description.experimental = recipe.experimental
    if recipe.task == .classification, !validation.truth.isEmpty {
      try calibrate(&description, trained)
      description.map = try mapThreshold(trained, description)
    }
    let workspace = Workspace(threads: validation.threads)
    description.segmentation = segmentation?.section
    let package = try ModelPackage(
      description, parameters: cut(trained), segmentation: segmentation?.weights
    ).recordingGolden(goldenImage(), workspace: workspace)
    try package.save(to: folder)
    return package
  }

  /// The network without its auxiliary outputs.
  private var network: NetworkSpec {
    let outputs = recipe.labels.count
    switch recipe.network {
    case .vggGAP(var layout):
      layout.outputs = outputs
      return .vggGAP(layout)
    case .vgg(var layout):
      layout.outputs = outputs
      return .vgg(layout)
    case .resNet(var layout):
      layout.outputs = outputs
      return .resNet(layout)
    default: return recipe.network
    }
  }

  /// The layer that gives the logits; nil for networks without one that can be cut.
  private var head: String? {
    switch recipe.network {
    case .vggGAP: "head"
    case .vgg(let layout): layout.head == .perceptron ? "classifier.6" : "classifier"
    case .resNet(let layout): layout.trunk.block == .squeeze ? "last_linear" : "fc"
    default: nil
    }
  }

  private func cut(_ trained: Parameters) -> Parameters {
    guard !recipe.auxiliary.isEmpty, let head, let weight = trained[head + ".weight"],
      let bias = trained[head + ".bias"]
    else { return trained }
    var out = trained
    let kept = recipe.labels.count
    let channels = weight.shape[1]
    out[head + ".weight"] = Tensor(
      [kept, channels], Array(weight.values.prefix(kept * channels)))
    out[head + ".bias"] = Tensor([kept], Array(bias.values.prefix(kept)))
    return out
  }

  /// The first label's calibration; a model of several labels shares it.
  private func calibrate(
    _ description: inout ModelDescription, _ trained: Parameters
  ) throws {
    let logits = try validation.logits(trained)
    let truth = validation.truth
    let scores = truth.map { logits[$0.index][0] }
    let labels = truth.map(\.label)
    guard let platt = PlattCalibration.fit(logits: scores, truth: labels) else { return }
    description.calibration = .init(a: platt.a, b: platt.b)
    guard
      let point = OperatingPointReport.choose(
        scores: scores.map(platt.probability), truth: labels,
        sensitivity: recipe.targetSensitivity)
    else { return }
    description.operatingPoint = .init(
      threshold: point.threshold, targetSensitivity: point.targetSensitivity,
      sensitivity: point.sensitivity.value, specificity: point.specificity.value)
  }

  /// The cut of the map, from image labels alone: the value that the largest cell inside the lung
  /// of 95 in 100 negative validation pictures stays below.
  private func mapThreshold(
    _ trained: Parameters, _ description: ModelDescription
  ) throws -> ModelDescription.Map {
    let maps = try validation.maps(trained, method: recipe.mapMethod)
    var peaks: [Float] = []
    for (index, label) in validation.truth where label == 0 {
      let lung = validation.samples[index].image.lung
      var peak = -Float.infinity
      for (cell, value) in maps[index].pixels.enumerated() where (lung?.bits[cell] ?? 1) != 0 {
        peak = max(peak, value)
      }
      if peak.isFinite { peaks.append(peak) }
    }
    let level = peaks.isEmpty ? 0 : Statistics.quantiles(peaks, [0.95])[0]
    return ModelDescription.Map(
      method: recipe.mapMethod, threshold: Double(level),
      thresholdSource: ThresholdSource.imageLevelValidation.rawValue)
  }

  /// Two fixed pictures that depend on nothing but the input's shape.
  private func goldenImage() -> Tensor {
    let preparation = recipe.preparation
    let shape: Shape = [2, preparation.channels.count, preparation.height, preparation.width]
    var random = SeededRandom(seed: 7, stream: 7)
    return Tensor(shape, (0..<shape.count).map { _ in Float(random.uniform(-1, 1)) })
  }
}
