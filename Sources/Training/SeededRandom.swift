import Foundation

/// Random numbers that depend on a seed and a stream number alone (SplitMix64, Steele et al.
/// 2014), so that item `i` of epoch `e` is the same in a resumed run.
package struct SeededRandom: RandomNumberGenerator, Sendable, Codable, Equatable {
  private var state: UInt64

  package init(seed: UInt64, stream: UInt64) {
    state = seed &* 0x9E37_79B9_7F4A_7C15 ^ (stream &+ 0x632B_E59B_D9B4_E019)
    _ = next()
    state ^= stream &* 0xD1B5_4A32_D192_ED03
    _ = next()
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// 0 ..< 1, 53 bits.
  package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  package mutating func uniform(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * uniform()
  }

  package mutating func integer(below bound: Int) -> Int {
    Int((Double(bound) * uniform()).rounded(.down))
  }

  /// Standard normal (Box and Muller).
  package mutating func normal() -> Double {
    let radius = (-2 * Foundation.log(max(uniform(), .leastNormalMagnitude))).squareRoot()
    return radius * Foundation.cos(2 * .pi * uniform())
  }
}

extension SeededRandom {
  /// For one slot of one step of a training.
  init(seed: UInt64, epoch: Int, step: Int, slot: Int) {
    self.init(
      seed: seed, stream: (UInt64(epoch) << 40) | (UInt64(step) << 16) | UInt64(slot))
  }

  /// Puts items into a random order (Fisher and Yates).
  mutating func shuffle<T>(_ items: inout [T]) {
    for index in stride(from: items.count - 1, to: 0, by: -1) {
      items.swapAt(index, integer(below: index + 1))
    }
  }

  /// So many items in their own order, drawn by the seed: fewer are part of more.
  static func choose<T>(_ count: Int, of items: [T], seed: UInt64, stream: UInt64) -> [T] {
    var order = Array(items.indices)
    var random = SeededRandom(seed: seed, stream: stream)
    random.shuffle(&order)
    return order.prefix(count).sorted().map { items[$0] }
  }
}
