/// A precision-recall curve from counts at falling scores, tied scores together.
package struct PrecisionRecall: Sendable {
  package struct Point: Sendable, Hashable, Codable {
    package let recall: Double
    package let precision: Double
  }

  /// From (0, 1), as scikit-learn begins it, to recall 1.
  package let points: [Point]
  /// `sum (R_i - R_{i-1}) P_i`.
  package let averagePrecision: Double
  /// Area under the straight lines between the points: `auc(recall, precision)` of scikit-learn,
  /// which Yang et al. 2021 report. It differs from the average precision most where scores tie.
  package let trapezoid: Double

  /// nil without positives.
  package init?(scores: [Double], truth: [Int]) {
    var counts: [PixelCount] = []
    var last: Double?
    for index in scores.indices.sorted(by: { scores[$0] > scores[$1] }) {
      if scores[index] != last { counts.append(PixelCount(lesion: 0, background: 0)) }
      last = scores[index]
      if truth[index] == 1 {
        counts[counts.count - 1].lesion += 1
      } else {
        counts[counts.count - 1].background += 1
      }
    }
    self.init(falling: counts)
  }

  init?(falling counts: [PixelCount]) {
    let total = counts.reduce(0) { $0 + $1.lesion }
    guard total > 0 else { return nil }
    var points = [Point(recall: 0, precision: 1)]
    points.reserveCapacity(counts.count + 1)
    var (hits, seen, steps, area) = (0.0, 0.0, 0.0, 0.0)
    for count in counts {
      hits += count.lesion
      seen += count.lesion + count.background
      guard seen > 0, let before = points.last else { continue }
      let point = Point(recall: hits / total, precision: hits / seen)
      let width = point.recall - before.recall
      steps += width * point.precision
      area += width * (point.precision + before.precision) / 2
      points.append(point)
    }
    self.points = points
    averagePrecision = steps
    trapezoid = area
  }
}
