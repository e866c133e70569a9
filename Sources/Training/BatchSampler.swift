/// Draws the samples of batches. The draw for (epoch, step, slot) never depends on what came before,
/// so a resumed run draws the same batches.
package protocol SampleDraw: Sendable {
  /// The item for one slot of one batch, and the random numbers to augment it with.
  func draw(epoch: Int, step: Int, slot: Int) -> (index: Int, random: SeededRandom)
}

/// Draws the samples of each batch: first a source by weight, then a class, then an item; from
/// matched sources every second one is the counterpart of the one before. The
/// draw for (seed, epoch, step, slot) never depends on what came before, so a resumed run draws
/// the same batches.
package struct BatchSampler: SampleDraw {
  private let seed: UInt64
  private let positiveShares: [Double?]
  private let weights: [Double]
  private let positives: [[Int]]
  private let others: [[Int]]
  /// By item of a matched source: the items of its patient that have the other class.
  private let counterparts: [Int: [Int]]

  /// - Parameters:
  ///   - weights: one a source; a source without samples is never drawn.
  ///   - positiveShares: one a source: the share of items whose first label is 1, where the source
  ///     has both classes; nil draws its items evenly.
  ///   - matched: one a source; empty: none. After an item of a matched source comes one of the same
  ///     patient and the other class, where there is one, augmented in the same way: what differs is
  ///     then the finding, not the patient (matched cases and controls).
  package init(
    samples: SampleSet, weights: [Double], positiveShares: [Double?], matched: [Bool] = [],
    seed: UInt64
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
    counterparts = Self.counterparts(samples.facts, matched: matched)
    self.weights = weights.indices.map {
      positives[$0].isEmpty && others[$0].isEmpty ? 0 : weights[$0]
    }
  }

  /// The item for one slot of one batch, and the random numbers to augment it with.
  package func draw(epoch: Int, step: Int, slot: Int) -> (index: Int, random: SeededRandom) {
    if slot % 2 == 1, !counterparts.isEmpty {
      let before = own(epoch: epoch, step: step, slot: slot - 1)
      if let pool = counterparts[before.index] {
        var random = SeededRandom(seed: seed, epoch: epoch, step: step, slot: slot)
        return (pool[random.integer(below: pool.count)], before.random)
      }
    }
    return own(epoch: epoch, step: step, slot: slot)
  }

  private func own(epoch: Int, step: Int, slot: Int) -> (index: Int, random: SeededRandom) {
    var random = SeededRandom(seed: seed, epoch: epoch, step: step, slot: slot)
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

  private static func counterparts(_ facts: [SampleFacts], matched: [Bool]) -> [Int: [Int]] {
    struct Patient: Hashable {
      let source: Int
      let digest: String
    }
    guard matched.contains(true) else { return [:] }
    let items = facts.indices.filter { matched[facts[$0].source] && !facts[$0].patient.isEmpty }
    let patients = Dictionary(grouping: items) {
      Patient(source: facts[$0].source, digest: facts[$0].patient)
    }
    var result: [Int: [Int]] = [:]
    for group in patients.values {
      let yes = group.filter { facts[$0].labels.first == .some(1) }
      let no = group.filter { facts[$0].labels.first != .some(1) }
      guard !yes.isEmpty, !no.isEmpty else { continue }
      for index in yes { result[index] = no }
      for index in no { result[index] = yes }
    }
    return result
  }
}
