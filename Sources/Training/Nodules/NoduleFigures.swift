/// How well one method cuts nodules out of slices (the table of Feng et al. 2017).
///
/// Slices labelled as normal, and slices labelled as having a nodule whose truth has one part or, where it
/// vanished between the cells of the input, none: that one is always missed. Those with two are counted
/// apart, those with more only in the accuracy. Everything is measured at the input size of the networks.
package struct NoduleFigures: Sendable, Codable {
  package struct Spread: Sendable, Codable {
    package let mean: Double
    /// Of the population.
    package let deviation: Double

    init?(_ values: [Double]) {
      guard !values.isEmpty else { return nil }
      let mean = values.reduce(0, +) / Double(values.count)
      self.mean = mean
      deviation =
        (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
    }
  }

  /// How many slices with two nodules show that many of them.
  package struct TwoNodules: Sendable, Codable {
    package let both: Int
    package let one: Int
    package let none: Int

    /// - Parameter found: how many of the two, by slice; nil of no slices.
    init?(_ found: [Int]) {
      guard !found.isEmpty else { return nil }
      both = found.count { $0 > 1 }
      one = found.count { $0 == 1 }
      none = found.count { $0 < 1 }
    }
  }

  /// How many slices there are of each kind, by label and parts of the truth.
  package struct Slices: Sendable, Codable {
    package let normal: Int
    /// With one nodule, the vanished included.
    package let oneNodule: Int
    package let vanished: Int
    package let twoNodules: Int
    package let more: Int
  }

  package let method: String
  package let slices: Slices
  /// Of the network as a classifier, at even odds, over all slices; nil for the supervised one.
  package let accuracy: Estimate?
  /// Nodule slices whose output overlaps the nodule, of all nodule slices.
  package let truePositiveRate: Estimate?
  /// Slices without nodule with any output, of all of them.
  package let falsePositiveRate: Estimate?
  /// Nodule slices with output that misses the nodule, of all nodule slices.
  package let falsePositiveRateOfNoduleSlices: Estimate?
  /// Over all nodule slices; 0 where nothing was found.
  package let dice: Spread?
  /// The mean of `dice` with a bootstrap interval over patients.
  package let diceInterval: Estimate?
  /// Over slices whose output overlaps the nodule.
  package let hitDice: Spread?
  /// Of the areas of output and nodule, absolute, mm2; nil where the spacing is not known.
  package let hitAreaDifference: Spread?
  /// Of the form for two nodules; nil for other methods, and where no slice has two.
  package let twoNodules: TwoNodules?
}

/// What one method gave on one slice.
struct NoduleOutcome: Sendable {
  /// Cells of the output, of the truth and of both.
  let output: Int
  let truth: Int
  let overlap: Int
  /// mm2 of a cell.
  let cell: Double?

  var isHit: Bool { overlap > 0 }
  var dice: Double {
    output + truth == 0 ? 0 : 2 * Double(overlap) / Double(output + truth)
  }
  var areaDifference: Double? { cell.map { abs(Double(output - truth)) * $0 } }
}

extension NoduleFigures {
  /// - Parameters:
  ///   - nodules: of slices with one nodule, `patients` in their order.
  ///   - normals: of slices without.
  init(
    method: String, slices: Slices, accuracy: Estimate?, nodules: [NoduleOutcome],
    normals: [NoduleOutcome],
    patients: [String],
    twoNodules: TwoNodules?, threads: Int
  ) {
    self.method = method
    self.accuracy = accuracy
    self.twoNodules = twoNodules
    self.slices = slices
    let hits = nodules.filter(\.isHit)
    truePositiveRate = Intervals.wilson(successes: hits.count, of: nodules.count)
    falsePositiveRate = Intervals.wilson(
      successes: normals.count { $0.output > 0 }, of: normals.count)
    falsePositiveRateOfNoduleSlices = Intervals.wilson(
      successes: nodules.count { $0.output > 0 && !$0.isHit }, of: nodules.count)
    let all = nodules.map(\.dice)
    dice = Spread(all)
    diceInterval = Intervals.bootstrap(groups: patients, threads: threads) { chosen in
      chosen.isEmpty ? nil : chosen.reduce(0) { $0 + all[$1] } / Double(chosen.count)
    }
    hitDice = Spread(hits.map(\.dice))
    hitAreaDifference = Spread(hits.compactMap(\.areaDifference))
  }
}
