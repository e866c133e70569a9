import Networks
import Synchronization
import Tensors

/// Turns drawn samples into the inputs of a step.
struct BatchMaker: Sendable {
  let recipe: Recipe
  let samples: SampleSet
  let sampler: any SampleDraw
  let threads: Int

  struct Batch: Sendable {
    var images: [Float] = []
    var targets: [Float] = []
    var weights: [Float] = []
  }

  /// Always has an element with weight: a batch without any known label counts as all unknown
  /// with a weight so small that its gradient vanishes.
  func batch(epoch: Int, step: Int) -> Batch {
    let slots = Mutex([Batch?](repeating: nil, count: recipe.batch))
    Parallel.forEach(count: recipe.batch, width: threads) { slot in
      let one = item(epoch: epoch, step: step, slot: slot)
      slots.withLock { $0[slot] = one }
    }
    var whole = Batch()
    for one in slots.withLock({ $0 }) {
      guard let one else { continue }
      whole.images += one.images
      whole.targets += one.targets
      whole.weights += one.weights
    }
    if !whole.weights.contains(where: { $0 > 0 }), !whole.weights.isEmpty {
      whole.weights[0] = 1e-6
    }
    return whole
  }

  private func item(epoch: Int, step: Int, slot: Int) -> Batch {
    var (index, random) = sampler.draw(epoch: epoch, step: step, slot: slot)
    let sample = recipe.augmentation.apply(to: samples[index], random: &random)
    switch recipe.task {
    case .classification:
      guard recipe.uncertain != .threeClass else {
        return Batch(
          images: sample.image.channelValues, targets: sample.labels.map(UncertainLabels.target))
      }
      return Batch(
        images: sample.image.channelValues, targets: sample.labels.map { $0 ?? 0 },
        weights: weights(of: sample.labels))
    case .segmentation:
      let truths = recipe.labels.indices.map(sample.truth)
      let empty = [Float](repeating: 0, count: sample.image.base.pixels.count)
      return Batch(
        images: sample.image.channelValues,
        targets: truths.flatMap { $0?.bits.map(Float.init) ?? empty },
        weights: recipe.loss?.takesWeights == true ? truths.map { $0 == nil ? 0 : 1 } : [])
    case .adversarial:
      let whole = [Float](repeating: 1, count: sample.image.base.pixels.count)
      return Batch(
        images: sample.image.channelValues,
        targets: sample.image.lung?.bits.map(Float.init) ?? whole)
    case .contrast: return Batch(images: sample.image.channelValues)
    case .tiles:
      let unknown = [Float](repeating: -1, count: sample.image.base.pixels.count)
      let cells = sample.seeds.map { seeds in seeds.map { $0 == 255 ? -1 : Float($0) } }
      let label = sample.labels.first.flatMap { $0 } ?? -1
      return Batch(images: sample.image.channelValues, targets: (cells ?? unknown) + [label])
    case .affinity:
      let seeds = sample.seeds ?? [UInt8](repeating: 255, count: sample.image.base.pixels.count)
      return Batch(
        images: sample.image.channelValues, targets: seeds.map(Float.init), weights: [])
    }
  }

  /// Labels count 1 each, auxiliary ones as the recipe says: by default together as one label.
  private func weights(of labels: [Float?]) -> [Float] {
    let main = recipe.labels.count
    let share = Float(recipe.auxiliaryWeight ?? 1 / Double(max(1, labels.count - main)))
    return labels.enumerated().map { index, label in
      label == nil ? 0 : (index < main ? 1 : share)
    }
  }
}
