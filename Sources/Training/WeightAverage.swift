import Graphs
import Tensors

/// A running average of weights: `average = decay * average + (1 - decay) * weights`. A warming
/// one has a shorter memory at the start, `min(decay, (1 + t) / (10 + t))`.
package struct WeightAverage: Sendable {
  package let decay: Double
  package let warming: Bool
  package private(set) var average: Parameters
  package private(set) var updates = 0

  package init(decay: Double, warming: Bool = true, start: Parameters, updates: Int = 0) {
    self.decay = decay
    self.warming = warming
    average = start
    self.updates = updates
  }

  /// Works in place; same bits for every number of threads.
  package mutating func update(_ parameters: Parameters, threads: Int = 1) {
    let now = warming ? min(decay, Double(1 + updates) / Double(10 + updates)) : decay
    updates += 1
    let keep = Float(now)
    for name in parameters.names {
      guard let fresh = parameters[name], let shape = average[name]?.shape else { continue }
      precondition(fresh.shape == shape)
      withCells(fresh) { fresh in
        average.edit(name) { old in
          Parallel.forRanges(count: shape.count, grain: updateGrain, width: threads) { range in
            let (old, fresh) = (old.base, fresh.base)
            for i in range { old[i] = keep * old[i] + (1 - keep) * fresh[i] }
          }
        }
      }
    }
  }
}
