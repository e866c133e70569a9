import Foundation
import Localization
import Testing

@Suite("Permutohedral lattice")
struct LatticeTests {
  /// Sums over all pairs, double precision.
  static func exact(_ features: [Float], _ dimensions: Int, _ values: [Float]) -> [Double] {
    let count = values.count
    return (0..<count).map { i in
      (0..<count).reduce(0.0) { sum, j in
        var distance = 0.0
        for plane in 0..<dimensions {
          let gap = Double(features[plane * count + i]) - Double(features[plane * count + j])
          distance += gap * gap
        }
        return sum + exp(-distance / 2) * Double(values[j])
      }
    }
  }

  /// Averages (values over ones): the lattice's own scale is not that of the Gaussian.
  @Test("near the Gaussian average", arguments: [1, 2, 3, 4, 5, 7])
  func average(dimensions: Int) throws {
    let count = 1500
    var generator = CRFRandom(state: UInt64(dimensions))
    let features = generator.floats(count * dimensions, in: -1.5...1.5)
    // A smooth function of the features: its averages differ from point to point.
    let values = (0..<count).map { point in
      (0..<dimensions).reduce(Float(0)) { $0 + features[$1 * count + point] }
    }
    let lattice = try PermutohedralLattice(
      features: features, dimensions: dimensions, threads: 2)
    let ones = [Float](repeating: 1, count: count)
    let sums = try lattice.filter(values, channels: 1, threads: 2)
    let weights = try lattice.filter(ones, channels: 1, threads: 2)
    let exactSums = LatticeTests.exact(features, dimensions, values)
    let exactWeights = LatticeTests.exact(features, dimensions, ones)
    var (most, spread) = (0.0, 0.0)
    for point in 0..<count {
      let expected = exactSums[point] / exactWeights[point]
      most = max(most, abs(Double(sums[point] / weights[point]) - expected))
      spread = max(spread, abs(expected))
    }
    print("lattice \(dimensions)-d: averages to \(spread), largest difference \(most)")
    #expect(most < 0.25 * spread)
  }

  @Test("channels do not meet", arguments: [2, 3, 5, 11])
  func channels(channels: Int) throws {
    let count = 700
    var generator = CRFRandom(state: UInt64(channels))
    let features = generator.floats(count * 3, in: 0...9)
    let values = generator.floats(count * channels, in: -1...1)
    let lattice = try PermutohedralLattice(features: features, dimensions: 3, threads: 3)
    let together = try lattice.filter(values, channels: channels, threads: 3)
    for channel in 0..<channels {
      let own = Array(values[(channel * count)..<((channel + 1) * count)])
      let alone = try lattice.filter(own, channels: 1, threads: 1)
      #expect(alone == Array(together[(channel * count)..<((channel + 1) * count)]))
    }
  }

  /// A point with all of its weight on one vertex meets itself only by whole turns through the
  /// corners of its simplex, 2^-(d+1) each way round: with both ways the scale makes it 1.
  @Test("a point on a vertex keeps between 1 / (1 + 2^-d) and 1", arguments: [2, 3, 5])
  func vertex(dimensions: Int) throws {
    let lattice = try PermutohedralLattice(
      features: [Float](repeating: 0, count: dimensions), dimensions: dimensions, threads: 1)
    let value = try lattice.filter([1], channels: 1, threads: 1)[0]
    let scale = 1 / (1 + pow(2, -Float(dimensions)))
    #expect(value >= scale && value <= 1 + 1e-6)
  }

  @Test("far points do not meet")
  func far() throws {
    let lattice = try PermutohedralLattice(
      features: [0, 1000, 0.2, -500], dimensions: 2, threads: 1)
    let both = try lattice.filter([1, 3], channels: 1, threads: 1)
    let first = try lattice.filter([1, 0], channels: 1, threads: 1)
    #expect(first[1] == 0 && both[0] == first[0])
  }

  @Test("what is refused")
  func refusals() {
    func code(_ features: [Float], _ dimensions: Int) -> CRFError.Code? {
      do {
        _ = try PermutohedralLattice(features: features, dimensions: dimensions, threads: 1)
      } catch { return error.code }
      return nil
    }
    #expect(code([], 2) == .size)
    #expect(code([1, 2, 3], 2) == .size)
    #expect(code([1, .nan], 2) == .notFinite)
    #expect(code([0, 1e8], 1) == .tooFine)
    // 15 dimensions of 2^16 cells each do not fit one key.
    #expect(code((0..<30).map { $0 % 2 == 0 ? 0 : 9000 }, 15) == .tooFine)
  }
}
