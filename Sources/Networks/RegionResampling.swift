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
    let narrow = narrowed(across, needed: down)
    var out = Image(width: outWidth, height: outHeight, filling: fill)
    guard let first = across.firstIndex(where: { !$0.weights.isEmpty }),
      let last = across.lastIndex(where: { !$0.weights.isEmpty })
    else { return out }
    out.pixels.withUnsafeMutableBufferPointer { target in
      narrow.withUnsafeBufferPointer { source in
        for row in 0..<outHeight where !down[row].weights.isEmpty {
          for column in first...last { target[row * outWidth + column] = 0 }
          for (offset, weight) in down[row].weights.enumerated() {
            let base = (down[row].first + offset) * outWidth
            for column in first...last {
              target[row * outWidth + column] += weight * source[base + column]
            }
          }
        }
      }
    }
    return out
  }

  /// Every row that `down` draws on, resampled along the row.
  private func narrowed(_ across: [AxisTaps], needed down: [AxisTaps]) -> [Float] {
    let rows = down.filter { !$0.weights.isEmpty }
    let top = rows.map(\.first).min() ?? 0
    let bottom = rows.map { $0.first + $0.weights.count }.max() ?? 0
    let flat = across.flatMap(\.weights)
    var narrow = [Float](repeating: 0, count: across.count * height)
    narrow.withUnsafeMutableBufferPointer { target in
      pixels.withUnsafeBufferPointer { source in
        flat.withUnsafeBufferPointer { weights in
          let spans = across.map { (first: $0.first, count: $0.weights.count) }
          for row in top..<bottom {
            var next = 0
            for (column, span) in spans.enumerated() {
              var sum: Float = 0
              let base = row * width + span.first
              for offset in 0..<span.count { sum += weights[next + offset] * source[base + offset] }
              next += span.count
              target[row * across.count + column] = sum
            }
          }
        }
      }
    }
    return narrow
  }
}
