import Foundation
import Imaging

/// How well one step or variant finds each label on test samples with drawn truth.
package struct MixedFigures: Sendable, Codable {
  package struct Label: Sendable, Codable {
    package let name: String
    /// Samples in which the truth or the answer holds a cell.
    package let samples: Int
    /// Mean IoU over those; 95 % by patients (the paper's figure).
    package let iou: Estimate?
    /// Mean over samples in which the label is drawn, an answer without cells counting 0.
    package let iouOfPositives: Double?
    /// Sums over all samples.
    package let pooledIoU: Double?
    package let threshold: Double?
  }

  /// The name of a variant; or "pseudo: threshold" ..., of pictures whose label is told; or
  /// "baseline: ...".
  package let step: String
  package let labels: [Label]
  /// The mean over labels of their IoU.
  package let meanIoU: Double?
  package let meanIoUOfPositives: Double?

  /// `masks` by sample and label; where the truth of a label is nil, it does not count there.
  init(
    step: String, names: [String], masks: [[Mask]], samples: [TrainingSample],
    thresholds: [Double]? = nil
  ) {
    self.step = step
    labels = names.indices.map { label in
      var (counts, patients): ([OverlapCounts], [String]) = ([], [])
      for (masks, sample) in zip(masks, samples) {
        guard let truth = sample.truth(of: label) else { continue }
        counts.append(OverlapCounts(predicted: masks[label].bits, truth: truth.bits))
        patients.append(sample.patient)
      }
      let seen = counts.indices.filter { counts[$0].union > 0 }
      let real = counts.filter { $0.truth > 0 }.map { $0.iou ?? 0 }
      let union = counts.reduce(0) { $0 + $1.union }
      return Label(
        name: names[label], samples: seen.count,
        iou: PatientBootstrap(patients: seen.map { patients[$0] })
          .mean(seen.map { counts[$0].iou ?? 0 }),
        iouOfPositives: Self.mean(real),
        pooledIoU: union > 0
          ? Double(counts.reduce(0) { $0 + $1.both }) / Double(union) : nil,
        threshold: thresholds?[label])
    }
    meanIoU = Self.mean(labels.compactMap { $0.iou?.value })
    meanIoUOfPositives = Self.mean(labels.compactMap(\.iouOfPositives))
  }

  private static func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }
}

/// "figures.json" of a mixture.
struct MixedReport: Codable {
  /// Of the classifier on the test samples.
  let auroc: [String: Estimate]
  /// Shares of a map's peak at which it is cut.
  let mapThresholds: [String: Double]
  let steps: [MixedFigures]
}
