import Imaging
import Networks

/// How well one map finds drawn lesions, over the pixels inside the lungs of all slices with lesion.
package struct LesionMapFigures: Sendable, Codable {
  package let map: String
  /// Slices with a drawn lesion.
  package let slices: Int
  /// Average precision, `sum (R_i - R_(i-1)) P_i`, ties together, and the area by trapezoid; 95 % by
  /// patients (of a list without patients: by slices).
  package let averagePrecision: Estimate?
  package let trapezoid: Estimate?
  /// The average precision less that of the strongest map without training, on the same draws.
  package let aboveTrivial: Estimate?
  /// Dice of all pixels together at the best threshold of that curve, chosen on this very truth.
  package let bestDice: PixelRanking.DiceAtThreshold?
  package let dice: [PixelRanking.DiceAtThreshold]
  /// Of the mean of the map over the lungs, for telling slices with lesion from others.
  package let imageAUROC: Estimate?
}

/// One map of every slice of a set: figures alone are kept.
struct LesionMapResult: Sendable {
  let map: String
  /// Of slices with a drawn lesion.
  var pictures: [PixelHistogram] = []
  /// Over the lungs, of every slice with a known label.
  var means: [Double] = []
}

extension LesionMapFigures {
  /// - Parameters:
  ///   - missed: by slice with a drawn lesion, its pixels outside the lungs.
  ///   - trivial: the names of the maps without training.
  static func all(
    _ results: [LesionMapResult], truth: [Int], missed: [Int], trivial: Set<String>,
    bootstrap: PatientBootstrap
  ) -> [LesionMapFigures] {
    let tables = results.map { HistogramTable($0.pictures) }
    let whole = [Int](repeating: 1, count: missed.count)
    func area(_ index: Int, _ weights: [Int]) -> Double? {
      PrecisionRecall(falling: tables[index].falling(weights: weights))?.averagePrecision
    }
    let strongest = results.indices.filter { trivial.contains(results[$0].map) }
      .max { (area($0, whole) ?? 0) < (area($1, whole) ?? 0) }
    let count = results.count
    let drawn = bootstrap.estimates { weights in
      let curves = tables.map { PrecisionRecall(falling: $0.falling(weights: weights)) }
      let areas = curves.map { $0?.averagePrecision }
      let base = strongest.flatMap { areas[$0] }
      return areas + curves.map { $0?.trapezoid }
        + areas.map { own in base.flatMap { base in own.map { $0 - base } } }
    }
    return results.indices.map { index in
      let dice = tables[index].diceCurve(missed: missed)
      return LesionMapFigures(
        map: results[index].map, slices: missed.count, averagePrecision: drawn[index],
        trapezoid: drawn[count + index], aboveTrivial: drawn[2 * count + index],
        bestDice: dice.max { $0.pooled < $1.pooled }, dice: dice,
        imageAUROC: Ranking.auroc(scores: results[index].means, truth: truth))
    }
  }
}
