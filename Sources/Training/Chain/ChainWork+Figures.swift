import Graphs
import Foundation
import Imaging
import Networks
import Tensors

/// The end: how well each step does on samples that nothing has seen.
extension ChainWork {
  /// Measures every step and the trivial baselines on the positives of the test samples that have
  /// drawn truth, and writes "figures.json". Nothing where there are none.
  func measure(_ networks: ChainNetworks) throws {
    let samples = data.test.indices
      .filter { data.test.facts[$0].labels.first == .some(1) }
      .map { data.test[$0] }.filter { $0.truth != nil }
    guard !samples.isEmpty else { return }
    var all: [StepFigures] = []
    for result in try results(networks, samples) {
      let figures = StepFigures(result, samples: samples)
      runner.progress(.figures(figures))
      all.append(figures)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try TrainingOutput.write([UInt8](try encoder.encode(all)), to: out + "/figures.json")
  }

  private func results(
    _ networks: ChainNetworks, _ samples: [TrainingSample]
  ) throws -> [StepResult] {
    var results = Self.baselines(samples)
    let threads = options.threads
    func step(
      _ name: String, _ make: @Sendable (Int, Workspace) throws -> (Image, Mask)
    ) throws -> StepResult {
      let pairs = try Items.map(samples.count, threads: threads, make)
      let result = StepResult(step: name, maps: pairs.map(\.0), masks: pairs.map(\.1))
      results.append(result)
      return result
    }
    let share = Float(recipe.seeds.foreground)
    for method in recipe.maps.compared ?? [] where method != recipe.maps.method {
      let other = try ChainMaps(recipe, classifier: networks.classifier, method: method)
      _ = try step(method) {
        let map = try other.map(of: samples[$0].image, using: $1)
        return (map, Mask(map, atLeast: share))
      }
    }
    guard let maps, let affinity else { throw TrainingError(.checkpointMismatch) }
    let first = try step(maps.method) {
      let map = try maps.map(of: samples[$0].image, using: $1)
      return (map, Mask(map, atLeast: share))
    }
    let seeds = ChainSeeds(recipe.seeds)
    _ = try step("seeds") { index, _ in
      try seeds.refined(samples[index].image, map: first.maps[index])
    }
    _ = try step("affinity") {
      let spread = try affinity.spread(first.maps[$0], over: samples[$0].image, using: $1)
      return (spread, affinity.mask(spread))
    }
    for (name, weights) in [
      ("segmentation", networks.segmentation), ("ceiling", networks.ceiling),
    ] {
      guard let weights else { continue }
      let segmenter = try ChainSegmenter(recipe, parameters: weights)
      _ = try step(name) {
        let probability = try segmenter.probability(of: samples[$0].image, using: $1)
        return (probability, segmenter.mask(probability))
      }
    }
    return results
  }

  /// What costs nothing: how dark a cell is, and the whole lung (the whole picture without one).
  private static func baselines(_ samples: [TrainingSample]) -> [StepResult] {
    let lungs = samples.map { sample in
      let base = sample.image.base
      return sample.image.lung
        ?? Mask(
          width: base.width, height: base.height,
          bits: [UInt8](repeating: 1, count: base.pixels.count))
    }
    let dark = zip(samples, lungs).map { sample, lung in
      var map = sample.image.base
      for index in map.pixels.indices {
        map.pixels[index] = lung.bits[index] == 0 ? 0 : (1 - map.pixels[index]) / 2
      }
      return map
    }
    let cuts = zip(dark, lungs).map { map, lung in
      let inside = zip(map.pixels, lung.bits).filter { $0.1 != 0 }.map(\.0)
      let level = inside.isEmpty ? 1 : Statistics.quantiles(inside, [0.9])[0]
      return Mask(map, atLeast: max(level, .leastNormalMagnitude))
    }
    let whole = lungs.map { lung in
      Image(width: lung.width, height: lung.height, pixels: lung.bits.map(Float.init))
    }
    return [
      StepResult(step: "baseline: whole lung", maps: whole, masks: lungs),
      StepResult(step: "baseline: darkest tenth of the lung", maps: dark, masks: cuts),
    ]
  }
}
