/// The ways in which the papers turn masks into one figure (methods D.3). Raw values are the keys
/// of the JSON report.
package enum OverlapDefinition: String, Sendable, Hashable, CaseIterable {
  case diceEmptyOne
  case dicePositives
  case diceSmoothed
  case diceHits
  case dicePooled
  case iouPooledTwoClass
  case iouPooled
  case iouUnions
  case iouBothNonEmpty

  /// What it means and who uses it, for people.
  package var meaning: String {
    switch self {
    case .diceEmptyOne:
      "mean per-image Dice over all images, 1 where both masks are empty (SIIM-ACR, Kaggle)"
    case .dicePositives:
      "mean per-image Dice over images with a lesion (Viniavskyi et al. 2020, table 3)"
    case .diceSmoothed:
      "mean per-image (2I+1)/(P+G+1) over all images (code of Yang et al. 2021)"
    case .diceHits: "mean per-image Dice over images where the masks meet (Feng et al. 2017)"
    case .dicePooled: "2 sum I / sum (P+G) over all pixels of all images; also their pooled F1"
    case .iouPooledTwoClass:
      "mean of the pooled IoU of background and lesion, all images (Viniavskyi et al. 2020)"
    case .iouPooled:
      "pooled IoU of the lesion, all images (CheXseg, training: Gadgil et al. 2021)"
    case .iouUnions:
      "mean per-image IoU over images where either mask is not empty (CheXseg, report)"
    case .iouBothNonEmpty:
      "mean per-image IoU over images where both masks are not empty (cheXlocalize, true positives)"
    }
  }

  /// What one image adds to a mean; nil where the definition leaves the image out.
  private func term(_ c: OverlapCounts) -> Double? {
    switch self {
    case .diceEmptyOne: c.dice ?? 1
    case .dicePositives: c.truth > 0 ? c.dice : nil
    case .diceSmoothed: Double(2 * c.both + 1) / Double(c.predicted + c.truth + 1)
    case .diceHits: c.both > 0 ? c.dice : nil
    case .iouUnions: c.iou
    case .iouBothNonEmpty: c.predicted > 0 && c.truth > 0 ? c.iou : nil
    case .dicePooled, .iouPooledTwoClass, .iouPooled: nil
    }
  }

  /// Over images that count `weights` times each; nil where no image takes part. In
  /// `iouPooledTwoClass` a class that neither masks nor truth hold is left out of the mean.
  package func value(_ counts: [OverlapCounts], weights: [Int]) -> Double? {
    switch self {
    case .dicePooled, .iouPooledTwoClass, .iouPooled: return pooled(counts, weights)
    default: break
    }
    var (sum, total) = (0.0, 0)
    for (count, weight) in zip(counts, weights) where weight > 0 {
      guard let term = term(count) else { continue }
      sum += term * Double(weight)
      total += weight
    }
    return total > 0 ? sum / Double(total) : nil
  }

  private func pooled(_ counts: [OverlapCounts], _ weights: [Int]) -> Double? {
    var all = OverlapCounts(both: 0, predicted: 0, truth: 0, pixels: 0)
    for (count, weight) in zip(counts, weights) {
      all.both += count.both * weight
      all.predicted += count.predicted * weight
      all.truth += count.truth * weight
      all.pixels += count.pixels * weight
    }
    guard self == .iouPooledTwoClass else { return self == .dicePooled ? all.dice : all.iou }
    let without = OverlapCounts(
      both: all.pixels - all.union, predicted: all.pixels - all.predicted,
      truth: all.pixels - all.truth, pixels: all.pixels)
    let classes = [all.iou, without.iou].compactMap { $0 }
    return classes.isEmpty ? nil : classes.reduce(0, +) / Double(classes.count)
  }
}

/// One predictor's overlap with the truth by every definition, each with its interval by patient.
package struct OverlapFigures: Sendable, Hashable, Encodable {
  package let values: [OverlapDefinition: Estimate]

  package init(_ counts: [OverlapCounts], bootstrap: PatientBootstrap) {
    let estimates = bootstrap.estimates { weights in
      OverlapDefinition.allCases.map { $0.value(counts, weights: weights) }
    }
    var values: [OverlapDefinition: Estimate] = [:]
    for (definition, estimate) in zip(OverlapDefinition.allCases, estimates) {
      values[definition] = estimate
    }
    self.values = values
  }

  package subscript(_ definition: OverlapDefinition) -> Estimate? { values[definition] }

  /// An object by definition; null where the figure cannot be said.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(
      Dictionary(
        uniqueKeysWithValues: OverlapDefinition.allCases.map { ($0.rawValue, values[$0]) }))
  }
}
