import Imaging

/// Dice in its several meanings; each figure must say which (methods D.3).
package enum Overlap {
  /// `2 |A and B| / (|A| + |B|)`; nil when both are empty.
  package static func dice(_ a: [UInt8], _ b: [UInt8]) -> Double? {
    var (both, sum) = (0, 0)
    for (x, y) in zip(a, b) {
      both += Int(x & y)
      sum += Int(x) + Int(y)
    }
    return sum > 0 ? 2 * Double(both) / Double(sum) : nil
  }
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
    var positives: [(Double, String)] = []
    var all: [Double] = []
    var (both, sum) = (0, 0)
    for (index, pair) in zip(predicted, truth).enumerated() {
      let dice = Overlap.dice(pair.0.bits, pair.1.bits)
      all.append(dice ?? 1)
      if !pair.1.isEmpty { positives.append((dice ?? 0, groups[index])) }
      both += zip(pair.0.bits, pair.1.bits).reduce(0) { $0 + Int($1.0 & $1.1) }
      sum += pair.0.count + pair.1.count
    }
    positivesOnly = Intervals.bootstrap(groups: positives.map(\.1)) { items in
      items.isEmpty ? nil : items.reduce(0) { $0 + positives[$1].0 } / Double(items.count)
    }
    allPictures = all.isEmpty ? nil : all.reduce(0, +) / Double(all.count)
    pooled = sum > 0 ? 2 * Double(both) / Double(sum) : nil
  }
}
