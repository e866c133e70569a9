import Imaging

/// The source pixels that one output pixel of an axis draws on, and their weights (sum 1; empty
/// where the output pixel lies outside the source).
struct AxisTaps {
  var first = 0
  var weights: [Float] = []

  /// Area average when the axis shrinks; linear between pixel centres (align_corners false,
  /// clamped at the border) when it grows.
  static func make(start: Double, length: Double, count: Int, limit: Int) -> [AxisTaps] {
    let step = length / Double(count)
    return (0..<count).map { index in
      let low = start + Double(index) * step
      return step > 1
        ? area(from: low, to: low + step, limit: limit)
        : linear(at: low + step / 2, limit: limit)
    }
  }

  private static func area(from low: Double, to high: Double, limit: Int) -> AxisTaps {
    let first = max(0, Int(low.rounded(.down)))
    let last = min(limit - 1, Int(high.rounded(.up)) - 1)
    guard first <= last else { return AxisTaps() }
    let weights = (first...last).map {
      Float(max(0, min(high, Double($0 + 1)) - max(low, Double($0))))
    }
    let sum = weights.reduce(0, +)
    guard sum > 0 else { return AxisTaps() }
    return AxisTaps(first: first, weights: weights.map { $0 / sum })
  }

  private static func linear(at centre: Double, limit: Int) -> AxisTaps {
    guard centre >= 0, centre <= Double(limit) else { return AxisTaps() }
    let position = min(max(centre - 0.5, 0), Double(limit - 1))
    let first = min(Int(position), max(0, limit - 2))
    let share = Float(position - Double(first))
    return limit == 1
      ? AxisTaps(first: 0, weights: [1]) : AxisTaps(first: first, weights: [1 - share, share])
  }
}

extension Image {
  /// `region` of this image on a grid of `width` x `height`; `fill` where it leaves the image.
  ///
  /// Area average when shrinking, bilinear (align_corners false) when growing, axis by axis.
  package func resampled(
    _ region: PixelRegion, width outWidth: Int, height outHeight: Int, fill: Float
  ) -> Image {
    let across = AxisTaps.make(
      start: region.x, length: region.width, count: outWidth, limit: width)
    let down = AxisTaps.make(
      start: region.y, length: region.height, count: outHeight, limit: height)
    let narrow = shrunkRows(across)
    var out = Image(width: outWidth, height: outHeight, filling: fill)
    for row in 0..<outHeight where !down[row].weights.isEmpty {
      let taps = down[row]
      for column in 0..<outWidth where !across[column].weights.isEmpty {
        var sum: Float = 0
        for (offset, weight) in taps.weights.enumerated() {
          sum += weight * narrow[(taps.first + offset) * outWidth + column]
        }
        out[row, column] = sum
      }
    }
    return out
  }

  private func shrunkRows(_ across: [AxisTaps]) -> [Float] {
    var narrow = [Float](repeating: 0, count: across.count * height)
    pixels.withUnsafeBufferPointer { source in
      for row in 0..<height {
        for (column, taps) in across.enumerated() {
          var sum: Float = 0
          let base = row * width + taps.first
          for (offset, weight) in taps.weights.enumerated() {
            sum += weight * source[base + offset]
          }
          narrow[row * across.count + column] = sum
        }
      }
    }
    return narrow
  }
}
