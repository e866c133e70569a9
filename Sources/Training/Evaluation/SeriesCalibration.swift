import Foundation
import Imaging
import Localization
import Lungs
import Networks
import Phantoms
import Tensors

/// Fits how a model of CT slices reads whole series, on phantom series and their labels alone:
/// lungs found, slices prepared and read as scoring does.
package struct SeriesCalibration: Sendable {
  package struct Report: Sendable, Codable {
    package let series: Int
    package let positives: Int
    package let topSlices: Int
    /// AUROC by the number of strongest slices averaged.
    package let aurocByTopSlices: [Int: Estimate]
    package let operatingPoint: OperatingPointReport
  }

  package let model: ModelPackage
  package let seed: UInt64
  package let count: Int
  /// Side of the slices in pixels, and slices of a series.
  package let size: Int
  package let slices: Int
  package let targetSensitivity: Double
  package let threads: Int
  /// What the lesions of the series are.
  package var phantoms = CTPhantom.Options()
  /// Numbers of strongest slices that are tried; the best AUROC is kept.
  private static let candidates = [1, 2, 3, 5]

  package init(
    model: ModelPackage, seed: UInt64, count: Int, size: Int, slices: Int,
    targetSensitivity: Double = 0.9, threads: Int
  ) {
    self.model = model
    self.seed = seed
    self.count = count
    self.size = size
    self.slices = slices
    self.targetSensitivity = targetSensitivity
    self.threads = threads
  }

  /// - Returns: the model with its reading of series, and what it is worth on these series.
  /// - Throws: `TrainingError` `oneClassOnly` when the series are all of one kind.
  package func run() throws -> (model: ModelPackage, report: Report) {
    let classifier = try Classifier(model: model, label: 0)
    let results = try Items.map(count, threads: threads) { index, workspace in
      let phantom = CTPhantom(
        seed: seed, series: index, size: size, slices: slices, options: phantoms)
      return (
        label: phantom.truth.count > 0 ? 1 : 0,
        logits: try logits(phantom.volume, classifier, workspace)
      )
    }
    let truth = results.map(\.label)
    var tried: [Int: Estimate] = [:]
    for top in Self.candidates {
      tried[top] = Ranking.auroc(scores: scores(results.map(\.logits), top: top), truth: truth)
    }
    guard
      let best = tried.max(by: { ($0.value.value, -$0.key) < ($1.value.value, -$1.key) })?.key,
      let platt = PlattCalibration.fit(
        logits: scores(results.map(\.logits), top: best), truth: truth),
      let point = OperatingPointReport.choose(
        scores: scores(results.map(\.logits), top: best).map(platt.probability), truth: truth,
        sensitivity: targetSensitivity)
    else { throw TrainingError(.oneClassOnly) }
    var description = model.description
    description.series = .init(
      topSlices: best, calibration: .init(a: platt.a, b: platt.b),
      operatingPoint: .init(
        threshold: point.threshold, targetSensitivity: point.targetSensitivity,
        sensitivity: point.sensitivity.value, specificity: point.specificity.value))
    let report = Report(
      series: truth.count, positives: truth.reduce(0, +), topSlices: best,
      aurocByTopSlices: tried, operatingPoint: point)
    return (try model.describing(description), report)
  }

  private func scores(_ series: [[Double?]], top: Int) -> [Double] {
    series.map { SeriesLogit.of($0, top: top) ?? -20 }
  }

  private func logits(
    _ volume: Volume, _ classifier: Classifier, _ workspace: Workspace
  ) throws -> [Double?] {
    let lungs = try CTLungs.segment(volume)
    return try (0..<volume.slices).map { index in
      let lung =
        lungs.quality.usable ? lungs.left.slice(index).union(lungs.right.slice(index)) : nil
      if let lung, Double(lung.count) < SeriesLogit.leastLungShare * Double(lung.bits.count) {
        return nil
      }
      let prepared = classifier.preparation.prepare(
        volume.slice(index), lung: lung, spacing: volume.planes[index].spacing)
      return try classifier.read(prepared, mapIf: { _ in false }, using: workspace).logits[0]
    }
  }
}
