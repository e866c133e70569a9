/// A number that goes from one value to another in equal steps and stays there: the probability of
/// DropBlock over the first epochs (Ghiasi et al. 2018) or the first steps.
package struct LinearRamp: Sendable, Codable, Hashable {
  /// What moves the ramp on by one.
  package enum Unit: String, Sendable, Codable {
    case epoch
    /// A training step, as the code of WSMIS; theirs also moves on in validation.
    case call
  }

  package var start: Double
  package var end: Double
  /// How many values there are, both ends included; 1 is `end` from the first count on.
  package var values: Int
  package var per: Unit

  package init(start: Double = 0, end: Double, values: Int, per: Unit) {
    self.start = start
    self.end = end
    self.values = values
    self.per = per
  }

  /// The value after `count` units, counted from 0.
  package func value(at count: Int) -> Double {
    guard count < values - 1 else { return end }
    return start + (end - start) * Double(max(0, count)) / Double(values - 1)
  }
}
