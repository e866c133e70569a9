import Imaging

/// For each label the cut of its probability that agrees best with drawn masks (Gadgil et al. 2021):
/// the largest IoU pooled over pictures, on a grid.
package struct LabelThresholds: Sendable, Codable {
  /// 0, .05, ..., .95.
  package static let steps = 20

  /// One a label; .5 where nothing is drawn of it.
  package let thresholds: [Double]
  /// At that threshold; nil where nothing is drawn of the label.
  package let iou: [Double?]
  /// The epoch after which the weights were measured.
  package let epoch: Int

  /// The mean over the labels that something is drawn of; 0 without any.
  package var meanIoU: Double {
    let known = iou.compactMap { $0 }
    return known.isEmpty ? 0 : known.reduce(0, +) / Double(known.count)
  }
}

/// Counts of cells by step of the grid, of one label over pictures.
package struct ThresholdCounts: Sendable {
  private var both = [Int](repeating: 0, count: LabelThresholds.steps)
  private var predicted = [Int](repeating: 0, count: LabelThresholds.steps)
  private var truth = 0

  package init() {}

  /// `values` in 0...1.
  package mutating func add(_ values: [Float], truth bits: [UInt8]) {
    for (value, bit) in zip(values, bits) {
      let step = min(LabelThresholds.steps - 1, max(0, Int(value * Float(LabelThresholds.steps))))
      predicted[step] += 1
      if bit != 0 {
        both[step] += 1
        truth += 1
      }
    }
  }

  package mutating func add(_ other: ThresholdCounts) {
    for step in both.indices {
      both[step] += other.both[step]
      predicted[step] += other.predicted[step]
    }
    truth += other.truth
  }

  /// Cells at or above each step count as the label. nil where nothing is drawn.
  package var best: (threshold: Double, iou: Double)? {
    guard truth > 0 else { return nil }
    var (hits, cells) = (0, 0)
    var best = (threshold: 0.0, iou: -1.0)
    for step in both.indices.reversed() {
      hits += both[step]
      cells += predicted[step]
      let iou = Double(hits) / Double(truth + cells - hits)
      if iou > best.iou { best = (Double(step) / Double(both.count), iou) }
    }
    return best
  }
}
