/// Draws the samples of each batch: first a source by weight, then a class, then an item. The
/// draw for (seed, epoch, step, slot) never depends on what came before, so a resumed run draws
/// the same batches.
package struct BatchSampler: Sendable {
  private let seed: UInt64
  private let positiveShares: [Double?]
  private let weights: [Double]
  private let positives: [[Int]]
  private let others: [[Int]]

  /// - Parameters:
  ///   - weights: one a source; a source without samples is never drawn.
  ///   - positiveShares: one a source: the share of items whose first label is 1, where the source
  ///     has both classes; nil draws its items evenly.
  package init(
    samples: SampleSet, weights: [Double], positiveShares: [Double?], seed: UInt64
  ) {
    self.seed = seed
    self.positiveShares = positiveShares
    var positives = [[Int]](repeating: [], count: weights.count)
    var others = positives
    for (index, sample) in samples.facts.enumerated() {
      if sample.labels.first == .some(1) {
        positives[sample.source].append(index)
      } else {
        others[sample.source].append(index)
      }
    }
    self.positives = positives
    self.others = others
    self.weights = weights.indices.map {
      positives[$0].isEmpty && others[$0].isEmpty ? 0 : weights[$0]
    }
  }

  /// The item for one slot of one batch, and the random numbers to augment it with.
  package func draw(epoch: Int, step: Int, slot: Int) -> (index: Int, random: SeededRandom) {
    let stream = (UInt64(epoch) << 40) | (UInt64(step) << 16) | UInt64(slot)
    var random = SeededRandom(seed: seed, stream: stream)
    var mark = random.uniform() * weights.reduce(0, +)
    var source = weights.lastIndex { $0 > 0 } ?? 0
    for (index, weight) in weights.enumerated() where weight > 0 {
      if mark < weight {
        source = index
        break
      }
      mark -= weight
    }
    let yes = positives[source]
    let no = others[source]
    let share = positiveShares[source] ?? Double(yes.count) / Double(max(1, yes.count + no.count))
    let wantsPositive = random.uniform() < share
    let pool = yes.isEmpty ? no : (no.isEmpty ? yes : (wantsPositive ? yes : no))
    return (pool[random.integer(below: pool.count)], random)
  }
}
