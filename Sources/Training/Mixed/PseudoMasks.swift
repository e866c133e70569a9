import Imaging

/// Masks from maps of one label, each map `0...1` with its largest cell 1.
package enum PseudoMasks {
  /// Steps of the search for a threshold.
  package static let grid = (1...19).map { Double($0) / 20 }

  package static func cut(_ map: Image, at threshold: Double) -> Mask {
    guard let peak = map.pixels.max(), peak > 0 else {
      return Mask(width: map.width, height: map.height)
    }
    return Mask(map, atLeast: Float(threshold))
  }

  /// The share of the peak whose masks have the largest mean IoU with the drawn ones; nil without any
  /// drawn cell.
  package static func threshold(maps: [Image], truth: [Mask]) -> Double? {
    let usable = maps.indices.filter { !truth[$0].isEmpty }
    guard !usable.isEmpty else { return nil }
    func mean(_ threshold: Double) -> Double {
      usable.reduce(0) { sum, index in
        let mask = cut(maps[index], at: threshold)
        return sum + (OverlapCounts(predicted: mask.bits, truth: truth[index].bits).iou ?? 0)
      } / Double(usable.count)
    }
    return grid.map { ($0, mean($0)) }.max { $0.1 < $1.1 }?.0
  }

  /// The map in 256 steps cut above Otsu's threshold, with holes filled.
  package static func otsu(_ map: Image) -> Mask {
    let steps = map.pixels.map { UInt8(max(0, min(255, $0 * 255))) }
    guard let threshold = otsuThreshold(steps) else {
      return Mask(width: map.width, height: map.height)
    }
    return Mask(
      width: map.width, height: map.height, bits: steps.map { $0 > threshold ? 1 : 0 }
    ).fillingHoles()
  }

  /// The level that parts the values into two classes with the largest variance between them (Otsu
  /// 1979); the lowest such level. nil where all values are equal.
  package static func otsuThreshold(_ values: [UInt8]) -> UInt8? {
    var histogram = [Int](repeating: 0, count: 256)
    for value in values { histogram[Int(value)] += 1 }
    let total = values.count
    let sum = histogram.enumerated().reduce(0) { $0 + $1.offset * $1.element }
    var (below, sumBelow) = (0, 0)
    var best: (level: UInt8, variance: Double)?
    for level in 0..<255 {
      below += histogram[level]
      sumBelow += level * histogram[level]
      guard below > 0, below < total else { continue }
      let low = Double(sumBelow) / Double(below)
      let high = Double(sum - sumBelow) / Double(total - below)
      let variance = Double(below) * Double(total - below) * (low - high) * (low - high)
      if variance > best?.variance ?? 0 { best = (UInt8(level), variance) }
    }
    return best?.level
  }
}
