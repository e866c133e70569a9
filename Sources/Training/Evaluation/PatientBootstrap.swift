import Synchronization
import Tensors

/// Percentile intervals at 95 % of any number of figures at once: whole patients are drawn with
/// replacement, each with all of its items (Efron 1979; clusters as in Field and Welsh 2007).
///
/// Draw `b` uses random stream `b` of the seed alone, so that the limits have the same bits for
/// any number of threads; every figure sees the same draws.
package struct PatientBootstrap: Sendable {
  package static let method = "bootstrap-patients"

  package let draws: Int
  package let seed: UInt64
  /// Patient of each item, numbered by first appearance.
  private let patient: [Int]
  package let patients: Int
  private let threads: Int

  /// - Parameter patients: one name an item; only equality matters.
  package init(patients names: [String], draws: Int = 1000, seed: UInt64 = 1, threads: Int = 1) {
    var numbers: [String: Int] = [:]
    patient = names.map { name in
      if let known = numbers[name] { return known }
      numbers[name] = numbers.count
      return numbers.count - 1
    }
    patients = numbers.count
    self.draws = draws
    self.seed = seed
    self.threads = threads
  }

  /// - Parameter figures: given how often each item counts, the value of each figure, always as
  ///   many; nil where a figure is undefined on that draw, which is then left out.
  /// - Returns: in the same order; nil where the figure is undefined on all items as they are, or
  ///   on half of the draws or more, so that no interval can be told.
  package func estimates(
    _ figures: @Sendable (_ weights: [Int]) -> [Double?]
  ) -> [Estimate?] {
    let values = figures([Int](repeating: 1, count: patient.count))
    guard patients > 0 else { return values.map { _ in nil } }
    let slots = Mutex([[Double?]](repeating: [], count: draws))
    Parallel.forRanges(count: draws, grain: 25, width: threads) { range in
      for draw in range {
        let drawn = figures(weights(draw))
        slots.withLock { $0[draw] = drawn }
      }
    }
    let all = slots.withLock { $0 }
    return values.indices.map { index in
      estimate(values[index], drawn: all.compactMap { $0[index] })
    }
  }

  private func weights(_ draw: Int) -> [Int] {
    var random = SeededRandom(seed: seed, stream: UInt64(draw))
    var often = [Int](repeating: 0, count: patients)
    for _ in 0..<patients { often[random.integer(below: patients)] += 1 }
    return patient.map { often[$0] }
  }

  private func estimate(_ value: Double?, drawn: [Double]) -> Estimate? {
    guard let value, drawn.count * 2 > draws else { return nil }
    let sorted = drawn.sorted()
    let last = Double(sorted.count - 1)
    return Estimate(
      value: value, lower: sorted[Int((0.025 * last).rounded())],
      upper: sorted[Int((0.975 * last).rounded())], method: Self.method)
  }
}

extension PatientBootstrap {
  /// The share of items for which `hits` is true, by patient. Where all or none are, every draw
  /// agrees and the bootstrap would claim to know it exactly: Wilson's interval stands in.
  package func share(_ hits: [Bool]) -> Estimate? {
    guard hits.count > 0, hits.count == patient.count else { return nil }
    let count = hits.filter { $0 }.count
    if count == 0 || count == hits.count {
      return Intervals.wilson(successes: count, of: hits.count)
    }
    return estimates { weights in
      var (sum, total) = (0, 0)
      for (hit, weight) in zip(hits, weights) {
        total += weight
        if hit { sum += weight }
      }
      return [total > 0 ? Double(sum) / Double(total) : nil]
    }[0]
  }

  /// The mean of one value an item, by patient.
  package func mean(_ values: [Double]) -> Estimate? {
    guard values.count == patient.count, !values.isEmpty else { return nil }
    return estimates { weights in
      var (sum, total) = (0.0, 0)
      for (value, weight) in zip(values, weights) {
        sum += value * Double(weight)
        total += weight
      }
      return [total > 0 ? sum / Double(total) : nil]
    }[0]
  }
}
