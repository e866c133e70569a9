import Graphs
import Imaging
import Networks
import Tensors
import Testing
import Training

/// The parts that a mixture of expert masks and pseudo-masks is made of.
@Suite struct MixturePartsTests {
  private func draw(
    _ probability: Double, _ mode: MixedRecipe.Draw = .bernoulli, experts: Int = 3, others: Int = 5
  ) -> MixtureDraw {
    MixtureDraw(
      experts: experts, others: others, probability: probability, mode: mode, seed: 4, batch: 4,
      epochs: 50)
  }

  private func shareOfExperts(_ draw: MixtureDraw, experts: Int = 3) -> Double {
    var drawn = 0
    for epoch in 0..<50 {
      for step in 0..<50 {
        for slot in 0..<4 where draw.draw(epoch: epoch, step: step, slot: slot).index < experts {
          drawn += 1
        }
      }
    }
    return Double(drawn) / 10_000
  }

  @Test(arguments: [0, 0.2, 0.6, 0.85, 1])
  func expertsAreDrawnWithTheirProbability(_ probability: Double) {
    #expect(abs(shareOfExperts(draw(probability)) - probability) < 0.02)
  }

  /// The shares that the authors' code realises, as the card lists them.
  @Test(arguments: [
    (0.2, 0.2), (0.4, 0.4), (0.6, 0.5), (0.8, 0.8), (0.85, 0.8), (0.9, 0.9), (1, 1),
  ])
  func theReferenceDrawsInTenths(_ probability: Double, _ realised: Double) {
    #expect(abs(shareOfExperts(draw(probability, .reference)) - realised) < 0.02)
  }

  /// In an epoch every number comes once: with certainty for experts, expert i mod 3 for 0 ..< 8.
  @Test func anEpochGoesThroughAllNumbers() {
    for (probability, sizes) in [(1.0, [3, 3, 2]), (0.0, [2, 2, 2, 1, 1])] {
      let draw = draw(probability)
      for epoch in 0..<5 {
        var often = [Int: Int]()
        for step in 0..<2 {
          for slot in 0..<4 {
            often[draw.draw(epoch: epoch, step: step, slot: slot).index, default: 0] += 1
          }
        }
        #expect(often.values.sorted(by: >) == sizes)
      }
    }
    let first = (0..<8).map { draw(1).draw(epoch: 0, step: $0 / 4, slot: $0 % 4).index }
    #expect(first != (0..<8).map { draw(1).draw(epoch: 1, step: $0 / 4, slot: $0 % 4).index })
  }

  @Test func oneKindAloneIsAlwaysDrawn() {
    #expect(shareOfExperts(draw(0, experts: 3, others: 0)) == 1)
    #expect(shareOfExperts(draw(1, experts: 0, others: 5), experts: 0) == 0)
  }

  @Test func thresholdIsThatOfTheLargestPooledIoU() throws {
    var random = SeededRandom(seed: 3, stream: 1)
    let pictures = (0..<3).map { _ in
      (0..<64).map { _ in (Float(random.uniform()), UInt8(random.uniform() < 0.3 ? 1 : 0)) }
    }
    var counts = ThresholdCounts()
    for picture in pictures {
      var one = ThresholdCounts()
      one.add(
        picture.map { $0.1 == 1 ? min(0.99, $0.0 + 0.3) : $0.0 }, truth: picture.map(\.1))
      counts.add(one)
    }
    let all = pictures.flatMap { $0 }.map { ($0.1 == 1 ? min(0.99, $0.0 + 0.3) : $0.0, $0.1) }
    let ious = (0..<20).map { step -> Double in
      let cut = Float(step) / 20
      let both = all.count { $0.0 >= cut && $0.1 == 1 }
      let union = all.count { $0.0 >= cut || $0.1 == 1 }
      return Double(both) / Double(union)
    }
    let best = try #require(counts.best)
    #expect(abs(best.iou - (ious.max() ?? 0)) < 1e-12)
    #expect(abs(ious[Int((best.threshold * 20).rounded())] - best.iou) < 1e-12)
    #expect(ThresholdCounts().best == nil)
  }

  @Test func mapsAreCutWhereTheyAgreeBestWithTheExperts() throws {
    let map = Image(width: 4, height: 1, pixels: [0.2, 0.5, 0.7, 1])
    let truth = Mask(width: 4, height: 1, bits: [0, 0, 1, 1])
    let cut = try #require(PseudoMasks.threshold(maps: [map], truth: [truth]))
    #expect(cut > 0.5 && cut <= 0.7)
    #expect(PseudoMasks.cut(map, at: cut) == truth)
    let nothing = Image(width: 4, height: 1)
    #expect(PseudoMasks.cut(nothing, at: 0.05).isEmpty)
    #expect(PseudoMasks.threshold(maps: [map], truth: [Mask(width: 4, height: 1)]) == nil)
  }

  /// Against the definition: the largest variance between two classes, over every level.
  @Test func otsuPartsWhereTheClassesDifferMost() throws {
    var random = SeededRandom(seed: 9, stream: 2)
    let values = (0..<300).map { index in
      UInt8((index % 3 == 0 ? 150 : 40) + random.integer(below: 60))
    }
    func between(_ level: Int) -> Double {
      let (low, high) = (values.filter { $0 <= level }, values.filter { $0 > level })
      guard !low.isEmpty, !high.isEmpty else { return -1 }
      func mean(_ part: [UInt8]) -> Double {
        Double(part.reduce(0) { $0 + Int($1) }) / Double(part.count)
      }
      let gap = mean(low) - mean(high)
      return Double(low.count) * Double(high.count) * gap * gap
    }
    let found = Int(try #require(PseudoMasks.otsuThreshold(values)))
    let best = (0..<255).map(between).max() ?? 0
    #expect(abs(between(found) - best) <= 1e-9 * best)
    #expect(PseudoMasks.otsuThreshold([7, 7, 7]) == nil)
    let ring = Mask(
      width: 5, height: 5,
      bits: [
        1, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      ])
    #expect(PseudoMasks.otsu(ring.image).count == 9)
  }

  @Test func uncertainLabelsFollowTheRule() {
    let cells: [Float?] = [1, 0, -1, nil]
    #expect(cells.map(UncertainLabels.ignore.resolve) == [1, 0, nil, nil])
    #expect(cells.map(UncertainLabels.zeros.resolve) == [1, 0, 0, nil])
    #expect(cells.map(UncertainLabels.ones.resolve) == [1, 0, 1, nil])
    #expect(cells.map(UncertainLabels.threeClass.resolve) == [1, 0, -1, nil])
  }

  /// The folded logit's sigmoid is the softmax over absent and present.
  @Test func threeLogitsFoldToOne() throws {
    var recipe = try MixedRunTests.recipe([
      "uncertain=\"three-class\"", "classifier.network.outputs=15",
    ])
    .classifierRecipe()
    recipe.network = .denseNet(
      DenseNet(inChannels: 2, stemWidth: 4, growth: 2, blocks: [1, 1], bottleneck: 2, outputs: 15))
    let weights = try recipe.network.initialParameters(seed: 3)
    let folding = LabelFolding(recipe)
    let folded = folding.fold(weights)
    func logits(_ network: NetworkSpec, _ weights: Parameters) throws -> [Float] {
      let planned = try PlannedNetwork(network, parameters: weights, inputSize: (32, 32)) {
        [$0.taps["logits"]].compactMap { $0 }
      }
      var random = SeededRandom(seed: 5, stream: 5)
      let image = Tensor([1, 2, 32, 32], (0..<2048).map { _ in Float(random.uniform(-1, 1)) })
      return try planned.run(image, using: Workspace(threads: 1))[0].values
    }
    let three = try logits(recipe.network, weights)
    let one = try logits(folding.recipe.network, folded)
    #expect(three.count == 15 && one.count == 5)
    for label in 0..<5 {
      #expect(abs(one[label] - (three[3 * label + 2] - three[3 * label + 1])) < 1e-5)
    }
  }

  @Test func trunkIsTakenFromAnotherNetwork() throws {
    let recipe = try MixedRunTests.recipe()
    let network = try #require(recipe.segmentation.learning.network)
    let fresh = try network.initialParameters(seed: 1)
    guard case .deepLabV3Plus(let layout) = network else { return }
    var trunk = layout.trunk
    trunk.inChannels = 3
    let colour = NetworkSpec.resNet(ResNet(trunk, outputs: 4))
    let donor = try colour.initialParameters(seed: 2)
    let started = try TrunkStart(donor).apply(to: fresh, of: network)
    #expect(started["encoder.layer1.0.conv1.weight"] == donor["layer1.0.conv1.weight"])
    #expect(started["segmentation_head.0.weight"] == fresh["segmentation_head.0.weight"])
    let (wide, narrow) = (
      try #require(donor["conv1.weight"]), try #require(started["encoder.conv1.weight"])
    )
    // What three equal channels gave, two equal ones give.
    let area = wide.shape[2] * wide.shape[3]
    let before = (0..<3).reduce(Float(0)) { $0 + wide.values[$1 * area] }
    let after = (0..<2).reduce(Float(0)) { $0 + narrow.values[$1 * area] }
    #expect(abs(before - after) < 1e-5)
    var broken = donor
    broken["layer2.0.bn1.bias"] = Tensor([1], [0])
    #expect(throws: TrainingError.self) { try TrunkStart(broken).apply(to: fresh, of: network) }
    #expect {
      try TrunkStart(path: "/nowhere.onnx")
    } throws: { ($0 as? TrainingError)?.code == .startUnreadable }
  }
}
