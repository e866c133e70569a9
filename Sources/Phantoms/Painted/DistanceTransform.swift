import Imaging

/// Exact Euclidean distances on the pixel grid (Felzenszwalb and Huttenlocher 2012).
enum DistanceTransform {
  /// Signed distance of each pixel centre to the border of the mask, in pixels, positive inside.
  /// The picture's edge is no border: beyond it nothing is known. Needs set and unset pixels.
  static func signed(_ mask: Mask) -> Image {
    let out = squared(toPixelsOf: mask, set: false)
    let into = squared(toPixelsOf: mask, set: true)
    let pixels = mask.bits.indices.map { at in
      mask.bits[at] != 0 ? out[at].squareRoot() - 0.5 : 0.5 - into[at].squareRoot()
    }
    return Image(width: mask.width, height: mask.height, pixels: pixels)
  }

  private static func squared(toPixelsOf mask: Mask, set: Bool) -> [Float] {
    let (width, height) = (mask.width, mask.height)
    let wanted: UInt8 = set ? 1 : 0
    let far = Float(width + height)
    // Distance along each column first.
    var column = [Float](repeating: far, count: width * height)
    for y in 0..<height {
      for x in 0..<width {
        let at = y * width + x
        if mask.bits[at] == wanted {
          column[at] = 0
        } else if y > 0 {
          column[at] = min(far, column[at - width] + 1)
        }
      }
    }
    for y in stride(from: height - 2, through: 0, by: -1) {
      for x in 0..<width {
        let at = y * width + x
        column[at] = min(column[at], column[at + width] + 1)
      }
    }
    var result = column
    var line = [Float](repeating: 0, count: width)
    for y in 0..<height {
      for x in 0..<width { line[x] = column[y * width + x] * column[y * width + x] }
      lowerEnvelope(line, into: &result, from: y * width)
    }
    return result
  }

  /// Minimum over q of (x - q)^2 + line[q].
  private static func lowerEnvelope(_ line: [Float], into result: inout [Float], from start: Int) {
    let count = line.count
    var apex = [Int](repeating: 0, count: count)
    var bound = [Double](repeating: .infinity, count: count + 1)
    var last = 0
    bound[0] = -.infinity
    func meet(_ p: Int, _ q: Int) -> Double {
      let rise = Double(line[q]) + Double(q * q) - Double(line[p]) - Double(p * p)
      return rise / Double(2 * (q - p))
    }
    for q in 1..<max(count, 1) {
      var at = meet(apex[last], q)
      while at <= bound[last] {
        last -= 1
        at = meet(apex[last], q)
      }
      last += 1
      apex[last] = q
      bound[last] = at
      bound[last + 1] = .infinity
    }
    var k = 0
    for x in 0..<count {
      while bound[k + 1] < Double(x) { k += 1 }
      let off = Float(x - apex[k])
      result[start + x] = off * off + line[apex[k]]
    }
  }
}
