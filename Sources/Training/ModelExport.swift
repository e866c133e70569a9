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
  /// The mean of so many strongest slices speaks for a CT series; nil makes no model of series.
  var seriesTop: Int?

  /// `segmentation`: the second network of a model in two parts, with its weights. `nodules`: how nodules
  /// are cut out, with the weights of its network, where it names one.
  func export(
    _ trained: Parameters,
    segmentation: (section: ModelDescription.Segmentation, weights: Parameters)? = nil,
    nodules: (section: ModelDescription.Nodules, weights: Parameters?)? = nil,
    to folder: String
  ) throws -> ModelPackage {
    var description = ModelDescription(
      name: recipe.name, version: recipe.version,
      task: recipe.task == .classification ? .classification : .segmentation,
      modalities: recipe.modalities, labels: recipe.labels, network: network,
      preparation: recipe.preparation)
    description.experimental = recipe.experimental
    description.slicePictures = recipe.slicePictures
    if recipe.task == .classification, !validation.truth.isEmpty {
      try calibrate(&description, trained)
      if recipe.labels.count == 1 || segmentation == nil {
        description.map = try mapThreshold(trained)
      }
      description.series = try series(trained, description.calibration)
    }
    let workspace = Workspace(threads: validation.threads)
    description.segmentation = segmentation?.section
    description.nodules = nodules?.section
    let package = try ModelPackage(
      description, parameters: cut(trained), second: segmentation?.weights ?? nodules?.weights
    ).recordingGolden(goldenImage(), workspace: workspace)
    try package.save(to: folder)
    return package
  }

  /// The network without its auxiliary outputs.
  private var network: NetworkSpec {
    recipe.task == .classification
      ? recipe.network.with(outputs: recipe.labels.count) : recipe.network
  }

  private func cut(_ trained: Parameters) -> Parameters {
    let all = recipe.labels.count + recipe.auxiliary.count
    guard !recipe.auxiliary.isEmpty, let head = recipe.network.head else { return trained }
    let rows = recipe.labels.indices.map { label in
      (0..<all).map { Float($0 == label ? 1 : 0) }
    }
    return trained.mixingHead(head, rows: rows)
  }

  /// Calibration and operating point of the first label, and of each label by itself where there are
  /// several. A label that validation says nothing of goes without.
  private func calibrate(
    _ description: inout ModelDescription, _ trained: Parameters
  ) throws {
    let logits = try validation.logits(trained)
    (description.calibration, description.operatingPoint) = reading(of: 0, logits)
    guard recipe.labels.count > 1 else { return }
    for label in recipe.labels.indices {
      let own = reading(of: label, logits)
      description.labels[label].calibration = own.calibration
      description.labels[label].operatingPoint = own.point
    }
  }

  private func reading(
    of label: Int, _ logits: [[Double]]
  ) -> (calibration: ModelDescription.Calibration?, point: ModelDescription.OperatingPoint?) {
    let truth = validation.truth(of: label)
    let scores = truth.map { logits[$0.index][label] }
    let labels = truth.map(\.label)
    guard let platt = PlattCalibration.fit(logits: scores, truth: labels) else { return (nil, nil) }
    let point = OperatingPointReport.choose(
      scores: scores.map(platt.probability), truth: labels,
      sensitivity: recipe.targetSensitivity)
    return (
      .init(a: platt.a, b: platt.b),
      point.map {
        .init(
          threshold: $0.threshold, targetSensitivity: $0.targetSensitivity,
          sensitivity: $0.sensitivity.value, specificity: $0.specificity.value)
      }
    )
  }

  /// Its cut is the probability that 99 in 100 validation slices without the label lie below. No series
  /// with labels is there to calibrate on, and one of a hundred slices must not be called for its
  /// strangest.
  private func series(
    _ trained: Parameters, _ calibration: ModelDescription.Calibration?
  ) throws -> ModelDescription.SeriesReading? {
    guard let seriesTop, let calibration else { return nil }
    let logits = try validation.logits(trained)
    let quiet = validation.truth.filter { $0.label == 0 }
      .map { Float(calibration.probability(of: logits[$0.index][0])) }
    let level = quiet.isEmpty ? 0.5 : Double(Statistics.quantiles(quiet, [0.99])[0])
    return .init(
      topSlices: seriesTop, calibration: calibration,
      operatingPoint: .init(threshold: level, targetSensitivity: recipe.targetSensitivity))
  }

  /// The cut of the map, from image labels alone: the value that the largest cell inside the lung
  /// of 95 in 100 negative validation pictures stays below.
  private func mapThreshold(_ trained: Parameters) throws -> ModelDescription.Map {
    let peaks = try validation.peaks(
      trained, method: recipe.mapMethod,
      of: validation.truth.filter { $0.label == 0 }.map(\.index))
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
