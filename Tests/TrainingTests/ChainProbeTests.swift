import Foundation
import Graphs
import Networks
import Testing
import Training

/// What a chain is said to cost before it runs.
@Suite struct ChainProbeTests {
  @Test func everyPartRunsMoreThanOnce() throws {
    let probe = try ChainProbe(recipe: ChainTests.recipe(), positives: 5)
    for part in ChainProbe.Part.allCases {
      let cost = try probe.cost(part, steps: 2, threads: 2)
      #expect(cost.part == part)
      #expect(cost.seconds > 0)
      #expect(cost.dataSeconds < cost.seconds)
      var bench = try probe.bench(part, threads: 1)
      try bench.run()
      try bench.run()
      #expect(bench.batch == cost.batch && bench.count == cost.count)
    }
    // Two epochs of three steps; two validations of eight pictures, the classifier's recipe one.
    #expect(try probe.bench(.classifier, threads: 1).count == 6)
    #expect(try probe.bench(.map, threads: 1).count == 5)
    #expect(try probe.bench(.mask, threads: 1).count == 8)
  }

  @Test func parametersAreCounted() throws {
    let probe = try ChainProbe(recipe: ChainTests.recipe(), positives: 5)
    let classifier = try #require(try probe.needs(.classifier))
    // By hand: 3 x 3 convolutions with a bias, their normalisation with scale and shift (and two
    // running averages), and the linear layer.
    let widths = [3, 8, 8, 16, 16, 32, 32, 48, 48]
    let trunk = zip(widths, widths.dropFirst()).map { 9 * $0 * $1 + 3 * $1 }.reduce(0, +)
    let running = 2 * widths.dropFirst().reduce(0, +)
    let head = 48 + 1
    #expect(classifier.trained == trunk + head)
    #expect(classifier.parameters == trunk + head + running)
    // The trunk of the boundaries is not trained, and has no linear layer.
    let affinity = try #require(try probe.needs(.affinity))
    #expect(affinity.parameters - affinity.trained == classifier.parameters - 49 + 2)
    #expect(try probe.needs(.map) == nil)
  }

  @Test func plannedMemoryFollowsTheBatch() throws {
    var recipe = try ChainTests.recipe()
    let small = try ChainProbe(recipe: recipe, positives: 5)
    recipe.classifier.batch *= 4
    recipe.affinity.learning.batch *= 4
    recipe.segmentation.learning.batch *= 4
    let large = try ChainProbe(recipe: recipe, positives: 5)
    for part in [ChainProbe.Part.classifier, .affinity, .segmentation] {
      let (one, four) = (try #require(try small.needs(part)), try #require(try large.needs(part)))
      #expect(four.stateBytes == one.stateBytes && one.stateBytes >= 4 * one.parameters)
      let (less, more) = (one.plannedBytes - one.stateBytes, four.plannedBytes - four.stateBytes)
      #expect(more > 2 * less && more <= 4 * less)
    }
  }

  @Test func moreCoresShortenOnlyWhatIsParallel() {
    // Two of ten seconds are serial.
    let of = { ChainProbe.projected(one: 10, many: 6, threads: 2, cores: $0) }
    #expect(of(1) == 10 && of(2) == 6 && of(16) == 2.5 && of(64) == 2.125)
    // Noise: slower with two threads, and faster than half.
    #expect(ChainProbe.projected(one: 10, many: 11, threads: 2, cores: 16) == 10)
    #expect(ChainProbe.projected(one: 10, many: 4, threads: 2, cores: 16) == 10.0 / 16)
    #expect(ChainProbe.projected(one: 10, many: 10, threads: 1, cores: 16) == 10)
  }
}
