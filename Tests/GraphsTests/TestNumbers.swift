/// Reproducible numbers for tests: a linear congruential generator.
struct TestNumbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

  mutating func next(_ range: ClosedRange<Double> = -1...1) -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    let share = Double(state >> 11) * 0x1p-53
    // Rounded to single precision, so that reference and kernel see the same number.
    return Double(Float(range.lowerBound + share * (range.upperBound - range.lowerBound)))
  }

  mutating func list(_ count: Int, _ range: ClosedRange<Double> = -1...1) -> [Double] {
    (0..<count).map { _ in next(range) }
  }
}
