import Foundation

/// A counter-based source of random numbers: SplitMix64 (Steele, Lea, Flood 2014).
///
/// The number at a position depends on seed, stream and position alone, on every platform.
package struct RandomSource: RandomNumberGenerator, Sendable {
  private let key: UInt64
  private var counter: UInt64 = 0

  /// Streams of one seed are independent of each other: a stream per tensor keeps the numbers
  /// when layers are added elsewhere.
  package init(seed: UInt64, stream: String = "") {
    // FNV-1a of the name, mixed with the seed.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in stream.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    key = Self.mix(Self.mix(seed) ^ hash)
  }

  package mutating func next() -> UInt64 {
    counter &+= 1
    return Self.mix(key &+ counter &* 0x9e37_79b9_7f4a_7c15)
  }

  /// Uniform in `0 ..< 1`, 53 bits.
  package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Standard normal, by Box and Muller.
  package mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
