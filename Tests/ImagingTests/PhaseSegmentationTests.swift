import Imaging
import Testing

@Suite struct PhaseSegmentationTests {
  /// methods.md card 5: the 9 costs .02 + 2 in its own phase and 1.62 in the other.
  @Test func neighboursTakeALonelyCellOver() {
    let row = Image(width: 6, height: 1, pixels: [0, 0, 9, 0, 10, 10])
    let all = Mask(width: 6, height: 1, bits: [1, 1, 1, 1, 1, 1])
    let phases = PhaseSegmentation(
      row, inside: all, means: [0, 10], deviation: 5, beta: 1, sweeps: 1)
    #expect(phases.phases == [0, 0, 0, 0, 1, 1])
    #expect(phases.means == [2.25, 10])
    // Without a price for neighbours each cell takes the nearest mean.
    let free = PhaseSegmentation(
      row, inside: all, means: [0, 10], deviation: 5, beta: 0, sweeps: 1)
    #expect(free.phases == [0, 0, 1, 0, 1, 1])
    #expect(free.means == [0, 29.0 / 3])
  }

  @Test func cellsOutsideTheMaskAreNoNeighbours() {
    let row = Image(width: 6, height: 1, pixels: [0, 0, 9, 0, 10, 10])
    let mask = Mask(width: 6, height: 1, bits: [1, 0, 1, 0, 1, 1])
    let phases = PhaseSegmentation(
      row, inside: mask, means: [0, 10], deviation: 5, beta: 1, sweeps: 5)
    #expect(phases.phases == [0, -1, 1, -1, 1, 1])
    #expect(phases.mask(from: 1, width: 6, height: 1).bits == [0, 0, 1, 0, 1, 1])
  }

  /// Eight neighbours: one corner against the rest of a square.
  @Test func cornersCount() {
    var square = Image(width: 3, height: 3)
    square.pixels[4] = 6
    let all = Mask(square, atLeast: 0)
    // Own phase: (6 - 10)^2 / 50 + 8 beta = .32 + 8 beta; the other: 36 / 50 = .72.
    for (beta, phase) in [(0.04, 1), (0.06, 0)] {
      let phases = PhaseSegmentation(
        square, inside: all, means: [0, 10], deviation: 5, beta: beta, sweeps: 1)
      #expect(phases.phases[4] == phase)
    }
  }

  @Test func phasesBeginAtTheThresholdsOfLargestVariance() throws {
    let values = ImagingVectors.values
    let strip = Image(width: values.count, height: 1, pixels: values)
    let all = Mask(strip, atLeast: -10_000)
    let phases = try #require(
      PhaseSegmentation(strip, inside: all, phases: 4, beta: 0, sweeps: 0))
    let cuts = try #require(MultiOtsu(values, classes: 4)).edges
    #expect(
      phases.phases
        == values.map { value in
          let off = phases.means.map { abs(Double(value) - $0) }
          return off.indices.min { off[$0] < off[$1] } ?? 0
        })
    for phase in 0..<4 {
      let own = values.filter { value in cuts.count { value >= $0 } == phase }.map(Double.init)
      #expect(abs(phases.means[phase] - own.reduce(0, +) / Double(own.count)) < 1e-6)
    }
    #expect(PhaseSegmentation(Image(width: 8, height: 1), inside: Mask(width: 8, height: 1)) == nil)
    // Two values cannot be four phases.
    let two = Image(width: 4, height: 1, pixels: [0, 0, 1, 1])
    #expect(PhaseSegmentation(two, inside: Mask(two, atLeast: 0)) == nil)
  }

  @Test func thresholdsAreThoseOfScikitImage() throws {
    for (classes, theirs) in [
      (2, ImagingVectors.otsu2), (3, ImagingVectors.otsu3), (4, ImagingVectors.otsu4),
    ] {
      let ours = try #require(MultiOtsu(ImagingVectors.values, classes: classes)).thresholds
      #expect(ours.count == theirs.count)
      #expect(zip(ours, theirs).allSatisfy { abs($0 - $1) < 1e-3 })
    }
    #expect(MultiOtsu([1, 1, 1], classes: 2) == nil)
    #expect(MultiOtsu([], classes: 2) == nil)
    #expect(MultiOtsu([0, 1], classes: 3) == nil)
  }

  /// Few levels, as pictures of 8 bits have them: a level in the upper half of its bin stays with it.
  @Test func everyLevelKeepsItsClass() throws {
    for top in stride(from: Float(0.8), through: 1, by: 0.013) {
      let levels: [Float] = [0, 0.21, 0.4, top]
      let values = levels.flatMap { [Float](repeating: $0, count: 5) }
      let edges = try #require(MultiOtsu(values, classes: 4)).edges
      #expect(levels.map { level in edges.count { level >= $0 } } == [0, 1, 2, 3])
    }
  }
}
