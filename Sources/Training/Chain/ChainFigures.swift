import Foundation
import Imaging

/// How well one step of a chain finds the label, on positives with drawn truth.
package struct StepFigures: Sendable, Codable {
  /// "grad-cam++", "seeds", "affinity", "segmentation", "ceiling", or a baseline's name.
  package let step: String
  package let positives: Int
  /// Mean over positives of `2I/(P+G)`, at the step's own threshold; 95 % by patients.
  package var dice: Estimate?
  /// `sum I / sum (P + G - I)` over the cells of all positives.
  package var pooledIoU: Double?
  /// The mean of that and of the same figure of the background (Viniavskyi 2020).
  package var mIoU: Double?
  /// Average precision over the cells of all positives, of the step's map.
  package var pixelAP: Double?
  /// Share of positives whose largest map value lies in the truth.
  package var hitRate: Estimate?
  /// The largest pooled Dice over all thresholds of the map: chosen on this very truth, a bound.
  package var bestPooledDice: Double?
  /// By the truth's share of the lungs; none without lung masks.
  package var sizes: [Stratum]

  package struct Stratum: Sendable, Codable {
    /// "under 1 %", "1 to 5 %", "over 5 %".
    package let share: String
    package let positives: Int
    package let dice: Double?
    package let pixelAP: Double?
    package let hitRate: Double?
  }
}

/// One step's answer for a set of samples.
package struct StepResult: Sendable {
  package let step: String
  /// One a sample, at the input size; larger values speak for the label.
  package var maps: [Image]
  package var masks: [Mask]

  package init(step: String, maps: [Image], masks: [Mask]) {
    self.step = step
    self.maps = maps
    self.masks = masks
  }
}

extension StepFigures {
  /// `samples` are positives with truth, in the order of the result.
  package init(_ result: StepResult, samples: [TrainingSample]) {
    let truth = samples.compactMap(\.truth)
    precondition(truth.count == samples.count && truth.count == result.masks.count)
    step = result.step
    positives = samples.count
    sizes = []
    let counts = zip(result.masks, truth).map {
      OverlapCounts(predicted: $0.bits, truth: $1.bits)
    }
    let ones = [Int](repeating: 1, count: counts.count)
    dice = DiceReport(counts: counts, groups: samples.map(\.patient)).positivesOnly
    pooledIoU = OverlapDefinition.iouPooled.value(counts, weights: ones)
    mIoU = OverlapDefinition.iouPooledTwoClass.value(counts, weights: ones)
    let curve = PooledCurve(maps: result.maps, truth: truth)
    pixelAP = curve?.averagePrecision
    bestPooledDice = curve?.bestDice
    hitRate = Intervals.wilson(
      successes: zip(result.maps, truth).filter { Self.hits($0, $1) }.count, of: truth.count)
    sizes = Self.strata(result, samples: samples, truth: truth, counts: counts)
  }

  private static func hits(_ map: Image, _ truth: Mask) -> Bool {
    guard let peak = map.pixels.indices.max(by: { map.pixels[$0] < map.pixels[$1] }),
      map.pixels[peak] > 0
    else { return false }
    return truth.bits[peak] != 0
  }

  private static func strata(
    _ result: StepResult, samples: [TrainingSample], truth: [Mask], counts: [OverlapCounts]
  ) -> [Stratum] {
    let shares = samples.indices.map { index -> Double? in
      samples[index].image.lung.map { lung in
        Double(truth[index].count) / Double(max(1, lung.union(truth[index]).count))
      }
    }
    guard shares.contains(where: { $0 != nil }) else { return [] }
    let bands: [(String, Range<Double>)] = [
      ("under 1 %", 0..<0.01), ("1 to 5 %", 0.01..<0.05), ("over 5 %", 0.05..<2),
    ]
    return bands.map { name, band in
      let members = samples.indices.filter { shares[$0].map(band.contains) ?? false }
      let hits = members.filter { Self.hits(result.maps[$0], truth[$0]) }.count
      let curve = PooledCurve(
        maps: members.map { result.maps[$0] }, truth: members.map { truth[$0] })
      return Stratum(
        share: name, positives: members.count,
        dice: OverlapDefinition.dicePositives.value(
          members.map { counts[$0] }, weights: members.map { _ in 1 }),
        pixelAP: curve?.averagePrecision,
        hitRate: members.isEmpty ? nil : Double(hits) / Double(members.count))
    }
  }
}

/// Precision and recall over all cells of a set of maps, by descending value, ties together.
struct PooledCurve {
  let averagePrecision: Double
  let bestDice: Double

  /// nil without a true cell.
  init?(maps: [Image], truth: [Mask]) {
    let values = maps.flatMap(\.pixels)
    let real = truth.flatMap(\.bits)
    let total = real.reduce(into: 0) { $0 += Int($1) }
    guard total > 0, values.count == real.count else { return nil }
    let order = values.indices.sorted { values[$0] > values[$1] }
    var (hits, seen, area, best) = (0, 0, 0.0, 0.0)
    var index = 0
    while index < order.count {
      let value = values[order[index]]
      let before = hits
      while index < order.count, values[order[index]] == value {
        hits += Int(real[order[index]])
        seen += 1
        index += 1
      }
      area += Double(hits - before) / Double(total) * Double(hits) / Double(seen)
      if value > 0 { best = max(best, 2 * Double(hits) / Double(seen + total)) }
    }
    averagePrecision = area
    bestDice = best
  }
}
