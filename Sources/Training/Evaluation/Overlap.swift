import Imaging

/// Dice in its several meanings; each figure must say which (methods D.3).
package enum Overlap {
  /// `2 |A and B| / (|A| + |B|)`; nil when both are empty.
  package static func dice(_ a: [UInt8], _ b: [UInt8]) -> Double? {
    OverlapCounts(predicted: a, truth: b).dice
  }
}

/// What a predicted mask and the truth have in common: all that every definition of overlap needs.
package struct OverlapCounts: Sendable, Hashable {
  /// Pixels in both, in the prediction, in the truth, and of the picture.
  package var both: Int
  package var predicted: Int
  package var truth: Int
  package var pixels: Int

  package init(both: Int, predicted: Int, truth: Int, pixels: Int) {
    self.both = both
    self.predicted = predicted
    self.truth = truth
    self.pixels = pixels
  }

  /// Bits are 0 or 1, of one size.
  package init(predicted: [UInt8], truth: [UInt8]) {
    precondition(predicted.count == truth.count)
    var (both, first, second) = (0, 0, 0)
    for (x, y) in zip(predicted, truth) {
      both += Int(x & y)
      first += Int(x)
      second += Int(y)
    }
    self.init(both: both, predicted: first, truth: second, pixels: truth.count)
  }

  package var union: Int { predicted + truth - both }
  /// nil when both masks are empty.
  package var dice: Double? {
    predicted + truth > 0 ? 2 * Double(both) / Double(predicted + truth) : nil
  }
  /// nil when both masks are empty.
  package var iou: Double? { union > 0 ? Double(both) / Double(union) : nil }
}

/// Dice over a set of pictures.
package struct DiceReport: Sendable, Codable, Hashable {
  /// Mean over pictures whose truth is not empty.
  package let positivesOnly: Estimate?
  /// Mean over all pictures, two empty masks counting 1 (the SIIM definition).
  package let allPictures: Double?
  /// `2 sum I / sum (P + G)` over all pixels of all pictures.
  package let pooled: Double?

  package init(predicted: [Mask], truth: [Mask], groups: [String]) {
    self.init(
      counts: zip(predicted, truth).map { OverlapCounts(predicted: $0.bits, truth: $1.bits) },
      groups: groups)
  }

  package init(counts: [OverlapCounts], groups: [String], seed: UInt64 = 1, threads: Int = 1) {
    let positives = counts.indices.filter { counts[$0].truth > 0 }
    positivesOnly = PatientBootstrap(
      patients: positives.map { groups[$0] }, seed: seed, threads: threads
    ).mean(positives.map { counts[$0].dice ?? 0 })
    let ones = [Int](repeating: 1, count: counts.count)
    allPictures = OverlapDefinition.diceEmptyOne.value(counts, weights: ones)
    pooled = OverlapDefinition.dicePooled.value(counts, weights: ones)
  }
}
