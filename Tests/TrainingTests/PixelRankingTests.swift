import Foundation
import Testing
import Training

/// Binned pixel figures against exact ones over lists of all pixels.
@Suite struct PixelRankingTests {
  private struct Picture {
    var values: [Float]
    var truth: [UInt8]
  }

  private static func pictures(seed: UInt64, shift: Double = 0) -> [Picture] {
    var random = SeededRandom(seed: seed, stream: 0)
    return (0..<12).map { _ in
      let truth = (0..<400).map { _ in UInt8(random.uniform() < 0.2 ? 1 : 0) }
      return Picture(
        values: truth.map { Float(random.normal() + 1.5 * Double($0) + shift) }, truth: truth)
    }
  }

  private static func ranking(_ pictures: [Picture]) -> PixelRanking {
    let pooled = PooledHistogram()
    for picture in pictures { pooled.add(values: picture.values, truth: picture.truth) }
    return PixelRanking(
      pooled: pooled,
      pictures: pictures.map { PixelHistogram(values: $0.values, truth: $0.truth) },
      missed: pictures.map { _ in 0 },
      bootstrap: PatientBootstrap(patients: pictures.indices.map(String.init), draws: 200))
  }

  @Test(arguments: [0.0, -40, 40])
  func areasAreThoseOfAllPixels(shift: Double) throws {
    let pictures = Self.pictures(seed: 21, shift: shift)
    let exact = try #require(
      PrecisionRecall(
        scores: pictures.flatMap { $0.values.map(Double.init) },
        truth: pictures.flatMap { $0.truth.map(Int.init) }))
    let binned = Self.ranking(pictures)
    // A bin is 1/2048 of the value wide: at 40 that is .02 of a standard deviation.
    let precision = shift == 0 ? 1e-3 : 5e-3
    #expect(close(binned.averagePrecision?.value, exact.averagePrecision, precision), "seed 21")
    #expect(close(binned.trapezoid?.value, exact.trapezoid, precision), "seed 21")
    let area = try #require(binned.averagePrecision)
    #expect(area.lower < area.value && area.value < area.upper)
  }

  @Test func tiesAndSignedZerosAreOneBin() throws {
    let picture = Picture(values: [0, -0.0, 0, -0.0, 2], truth: [1, 0, 0, 1, 0])
    let exact = try #require(
      PrecisionRecall(scores: [0, 0, 0, 0, 2], truth: [1, 0, 0, 1, 0]))
    #expect(close(Self.ranking([picture]).trapezoid?.value, exact.trapezoid, 1e-12))
  }

  @Test func diceOverThresholdsIsThatOfTheCutMaps() throws {
    let pictures = Self.pictures(seed: 22)
    let ranking = Self.ranking(pictures)
    #expect(ranking.thresholds.count > 20 && ranking.thresholds.count <= 105)
    for point in ranking.thresholds {
      let counts = pictures.map { picture in
        OverlapCounts(
          predicted: picture.values.map { Double($0) >= point.threshold ? 1 : 0 },
          truth: picture.truth)
      }
      let ones = counts.map { _ in 1 }
      #expect(
        close(point.mean, OverlapDefinition.dicePositives.value(counts, weights: ones) ?? -1, 1e-9))
      #expect(
        close(point.pooled, OverlapDefinition.dicePooled.value(counts, weights: ones) ?? -1, 1e-9))
    }
    let best = try #require(ranking.bestDice)
    #expect(best.mean == ranking.thresholds.map(\.mean).max())
  }

  @Test func nothingToRankIsNil() {
    let none = Self.ranking([Picture(values: [1, 2], truth: [0, 0])])
    #expect(none.averagePrecision == nil && none.trapezoid == nil)
    #expect(Self.ranking([]).bestDice == nil)
  }
}
