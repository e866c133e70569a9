/// Order statistics of sample lists. Values that are not numbers must not be among them.
package enum Statistics {
  /// The values at the given fractions (`0...1`), by linear interpolation between ranks
  /// (Hyndman and Fan 1996, type 7). An empty list gives zeros.
  package static func quantiles(_ values: [Float], _ fractions: [Double]) -> [Float] {
    let sorted = values.sorted()
    guard let last = sorted.last else { return fractions.map { _ in 0 } }
    return fractions.map { fraction in
      let at = min(max(fraction, 0), 1) * Double(sorted.count - 1)
      let low = Int(at)
      guard low + 1 < sorted.count else { return last }
      return sorted[low] + (sorted[low + 1] - sorted[low]) * Float(at - Double(low))
    }
  }

  package static func median(_ values: [Float]) -> Float { quantiles(values, [0.5])[0] }

  /// Mean and (population) standard deviation, summed in double precision.
  package static func meanAndDeviation(_ values: [Float]) -> (mean: Double, deviation: Double) {
    guard !values.isEmpty else { return (0, 0) }
    var (sum, squares) = (0.0, 0.0)
    for value in values { sum += Double(value) }
    let mean = sum / Double(values.count)
    for value in values { squares += (Double(value) - mean) * (Double(value) - mean) }
    return (mean, (squares / Double(values.count)).squareRoot())
  }
}

extension Image {
  /// The range between two quantiles, for display and normalisation, from at most `limit` pixels
  /// on an even stride; never empty.
  package func robustRange(
    low: Double = 0.01, high: Double = 0.99, inside mask: Mask? = nil, limit: Int = 65_536
  ) -> ClosedRange<Float> {
    // An odd stride that is not a multiple of the width walks over all columns.
    var step = max(1, pixels.count / limit) | 1
    if step > 1 && width % step == 0 { step += 2 }
    var values: [Float] = []
    values.reserveCapacity(pixels.count / step + 1)
    for i in stride(from: 0, to: pixels.count, by: step)
    where mask.map({ $0.bits[i] != 0 }) ?? true && pixels[i].isFinite {
      values.append(pixels[i])
    }
    let ends = Statistics.quantiles(values, [low, high])
    return ends[0]...max(ends[1], ends[0] + max(abs(ends[0]), 1) * 1e-6)
  }

  /// The values under the mask, in raster order.
  package func values(inside mask: Mask) -> [Float] {
    pixels.indices.compactMap { mask.bits[$0] != 0 ? pixels[$0] : nil }
  }
}
