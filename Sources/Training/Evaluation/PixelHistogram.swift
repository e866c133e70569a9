import Synchronization

/// Sorts map values into bins that rise with the value and need no range known beforehand: the
/// leading bits of the float, made monotone.
enum FloatBins {
  /// Bins of the whole set: 11 bits of the fraction, a step of at most 1/2048 of the value.
  static let fineBits = 20
  /// Bins that are kept of each picture: 7 bits of the fraction, a step of at most 1/128.
  static let coarseBits = 16

  /// - Parameter value: finite or infinite, never NaN.
  static func fine(_ value: Float) -> Int { Int(order(value) >> UInt32(32 - fineBits)) }

  static func coarse(fine bin: Int) -> Int { bin >> (fineBits - coarseBits) }

  /// The smallest value of a coarse bin.
  static func value(coarse bin: Int) -> Float {
    let order = UInt32(bin) << UInt32(32 - coarseBits)
    return Float(bitPattern: order >> 31 == 1 ? order & 0x7FFF_FFFF : ~order)
  }

  private static func order(_ value: Float) -> UInt32 {
    let bits = (value + 0).bitPattern  // minus zero ranks with zero
    return bits >> 31 == 1 ? ~bits : bits | 0x8000_0000
  }
}

/// How many pixels of lesion and of background lie in each bin of one picture: a few kilobytes
/// instead of a map.
package struct PixelHistogram: Sendable, Hashable {
  /// Coarse bins, rising, that hold any pixel.
  private(set) var bins: [UInt16] = []
  private(set) var lesion: [UInt32] = []
  private(set) var background: [UInt32] = []

  init(fineBins: [Int], truth: [UInt8]) {
    var counts: [UInt16: (UInt32, UInt32)] = [:]
    for (fine, bit) in zip(fineBins, truth) {
      let bin = UInt16(FloatBins.coarse(fine: fine))
      var count = counts[bin] ?? (0, 0)
      if bit != 0 { count.0 += 1 } else { count.1 += 1 }
      counts[bin] = count
    }
    for (bin, count) in counts.sorted(by: { $0.key < $1.key }) {
      bins.append(bin)
      lesion.append(count.0)
      background.append(count.1)
    }
  }

  package init(values: [Float], truth: [UInt8]) {
    self.init(fineBins: values.map(FloatBins.fine), truth: truth)
  }
}

/// The pixels of a whole set by fine bin; several workers add to it at once, and whole numbers
/// make the order of no account.
package final class PooledHistogram: Sendable {
  /// Lesion and background of bin `b` at `2 b` and `2 b + 1`.
  private let counts = Mutex([UInt64](repeating: 0, count: 2 << FloatBins.fineBits))

  package init() {}

  package func add(values: [Float], truth: [UInt8]) {
    add(fineBins: values.map(FloatBins.fine), truth: truth)
  }

  func add(fineBins: [Int], truth: [UInt8]) {
    counts.withLock { counts in
      for (bin, bit) in zip(fineBins, truth) { counts[2 * bin + (bit != 0 ? 0 : 1)] += 1 }
    }
  }

  /// From the strongest bin down, those that hold any pixel.
  func falling() -> [PixelCount] {
    counts.withLock { counts in
      (0..<counts.count / 2).reversed().compactMap { bin in
        let (lesion, background) = (counts[2 * bin], counts[2 * bin + 1])
        return lesion + background > 0
          ? PixelCount(lesion: Double(lesion), background: Double(background)) : nil
      }
    }
  }
}

/// Pixels that share a rank.
struct PixelCount: Sendable, Hashable {
  var lesion: Double
  var background: Double
}
