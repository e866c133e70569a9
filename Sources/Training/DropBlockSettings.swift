import Graphs
import Networks

/// DropBlock (Ghiasi, Lin, Le 2018) as a recipe asks for it.
package struct DropBlockSettings: Sendable, Codable, Hashable {
  package enum Rule: String, Sendable, Codable {
    /// `rate / size^2`, seeds anywhere: the code of WSMIS.
    case simple
    /// The paper of DropBlock: seeds only where a whole square fits.
    case original
  }

  /// Side of a square in cells of the map.
  package var size: Int
  /// Share of cells dropped once the ramp is over.
  package var rate: Double
  /// nil is `.simple`.
  package var rule: Rule?
  /// From 0 to `rate` in so many equal values; nil drops `rate` from the start.
  package var rampValues: Int?
  /// What moves the ramp on; nil is `.epoch`.
  package var rampPer: LinearRamp.Unit?

  package init(
    size: Int, rate: Double, rule: Rule? = nil, rampValues: Int? = nil,
    rampPer: LinearRamp.Unit? = nil
  ) {
    self.size = size
    self.rate = rate
    self.rule = rule
    self.rampValues = rampValues
    self.rampPer = rampPer
  }

  var isWithinBounds: Bool {
    (1...64).contains(size) && (0..<1).contains(rate) && (1...100_000).contains(rampValues ?? 1)
  }

  var drops: Drops {
    Drops(block: DropBlock(size: size, rule: rule == .original ? .original : .simple))
  }

  /// The rate of a step: `epoch` counts finished epochs, `calls` forward passes so far.
  func rate(epoch: Int, calls: Int) -> Double {
    guard let rampValues else { return rate }
    let unit = rampPer ?? .epoch
    return LinearRamp(end: rate, values: rampValues, per: unit)
      .value(at: unit == .epoch ? epoch : calls)
  }
}
