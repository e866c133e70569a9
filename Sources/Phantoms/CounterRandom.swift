import Glibc

/// A counter-based generator: value number i is a mix of a key and i alone, so that every phantom
/// depends on (seed, stream, index) and never on which others were made before.
///
/// The mix is SplitMix64's finaliser (Steele, Lea and Flood 2014).
package struct CounterRandom: RandomNumberGenerator, Sendable {
  /// Independent sequences of one (seed, index).
  package enum Stream: UInt64, Sendable {
    case anatomy = 1
    case disease = 2
    case confounders = 3
    case detector = 4
    case texture = 5
    case plan = 6
    case findings = 7
  }

  private let key: UInt64
  private var counter: UInt64 = 0

  package init(seed: UInt64, stream: Stream, index: Int) {
    key = Self.mix(
      Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15) ^ Self.mix(stream.rawValue &* 0xD1B5_4A32_D192_ED03)
        &+ Self.mix(UInt64(truncatingIfNeeded: index) &* 0x8CB9_2BA7_2F3D_8DD7 &+ 1))
  }

  package mutating func next() -> UInt64 {
    counter &+= 1
    return Self.mix(key &+ counter &* 0x9E37_79B9_7F4A_7C15)
  }

  static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Uniform in `[0, 1)`.
  package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  package mutating func uniform(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * uniform()
  }

  package mutating func logUniform(_ low: Double, _ high: Double) -> Double {
    exp(uniform(log(low), log(high)))
  }

  package mutating func chance(_ probability: Double) -> Bool { uniform() < probability }

  /// A whole number of the range, each as likely (bias below 2^-40 for small ranges).
  package mutating func whole(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(uniform() * Double(range.count))
  }

  /// Standard normal (Box and Muller 1958).
  package mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }

  /// Near-normal with unit variance from one draw (sum of four 16-bit uniforms), for pixel noise.
  package mutating func fastNormal() -> Float {
    let bits = next()
    let sum =
      (bits & 0xFFFF) &+ (bits >> 16 & 0xFFFF) &+ (bits >> 32 & 0xFFFF) &+ (bits >> 48)
    return (Float(sum) - 131_070) * (1.732_050_8 / 65_536)
  }
}
