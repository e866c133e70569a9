import Glibc
import Imaging

/// How a lung falls back from the chest wall: by direction from the hilum, the share by which it
/// is drawn in. The collapsed lung is the lung scaled about the hilum by one minus that share.
struct Collapse: Sendable {
  let pattern: PaintedPattern
  /// Depth of the air by direction, as a share of the greatest, 0...1 and a little above.
  private let profile: [Double]

  init(_ random: inout CounterRandom, pattern: PaintedPattern, field: LungField) {
    self.pattern = pattern
    let (towardsApex, towardsBase, power) = Self.widths(pattern, &random)
    let centre = Self.centre(pattern, &random, apex: field.apexAngle)
    let noise = SmoothNoise(key: random.next())
    let roughness = random.uniform(0.1, 0.35) * (pattern == .large ? 0.4 : 1)
    let count = LungField.directions
    let raw = (0..<count).map { number -> Double in
      let angle = (Double(number) / Double(count) * 2 - 1) * .pi
      let off = angle - centre
      let half = off < 0 ? towardsApex : towardsBase
      guard abs(off) < half else { return 0 }
      let bell = pow(0.5 + 0.5 * cos(.pi * off / half), power)
      // Towards the mediastinum the lung stays where it is.
      let held = smoothStep(-2.5, -1.75, angle) * (1 - smoothStep(1.3, 2.0, angle))
      return bell * held * (1 + roughness * noise.value(angle * 2.5, 0.5))
    }
    let smooth = LungField.smoothedAround(raw, sigma: 8)
    let top = max(smooth.max() ?? 0, 1e-6)
    profile = smooth.map { $0 / top }
  }

  /// Half widths of the rim in radians and the steepness of its ends.
  private static func widths(
    _ pattern: PaintedPattern, _ random: inout CounterRandom
  ) -> (towardsApex: Double, towardsBase: Double, power: Double) {
    switch pattern {
    case .apical: (random.uniform(0.7, 1.1), random.uniform(0.9, 1.7), random.uniform(0.6, 1.1))
    case .lateral: (random.uniform(0.9, 1.6), random.uniform(0.8, 1.4), random.uniform(0.6, 1.1))
    case .large: (random.uniform(1.5, 2.0), random.uniform(1.6, 2.1), random.uniform(0.35, 0.6))
    case .deepSulcus:
      (random.uniform(0.5, 0.9), random.uniform(0.5, 0.8), random.uniform(0.6, 1.0))
    }
  }

  private static func centre(
    _ pattern: PaintedPattern, _ random: inout CounterRandom, apex: Double
  ) -> Double {
    switch pattern {
    case .apical: min(max(apex, -1.7), -0.9) + random.uniform(0, 0.35)
    case .lateral: random.uniform(-0.6, 0.25)
    case .large: random.uniform(-0.6, -0.2)
    case .deepSulcus: random.uniform(0.75, 1.1)
    }
  }

  /// The share by which the lung is drawn in, by direction, for a greatest depth in pixels.
  func shares(depth: Double, field: LungField) -> [Float] {
    let raw = profile.indices.map { min(depth * profile[$0] / max(field.reach[$0], 4), 0.7) }
    return LungField.smoothedAround(raw, sigma: 6).map(Float.init)
  }
}

/// The collapsed lung on the pixels of its field.
struct CollapsedLung: Sendable {
  /// By pixel: where on the expanded lung the tissue here came from.
  private(set) var sourceColumn: [Float]
  private(set) var sourceRow: [Float]
  /// Signed distance to the edge of the collapsed lung, positive in the lung, in pixels.
  let edge: Image
  /// By pixel, how far the tissue has moved against the border, in pixels.
  let moved: [Float]
  /// The air: inside the lung field and outside the collapsed lung.
  let gap: Mask

  private static let smallestPart = 0.05

  init(_ field: LungField, _ polar: PolarGrid, shares: [Float]) {
    let count = field.mask.bits.count
    var columns = [Float](repeating: 0, count: count)
    var rows = columns
    var shifted = field.surface
    let (hx, hy) = (Float(field.hilum.x), Float(field.hilum.y))
    for at in 0..<count {
      let grow = 1 / (1 - polar.share(shares, at))
      columns[at] = hx + polar.dx[at] * grow
      rows[at] = hy + polar.dy[at] * grow
      shifted.pixels[at] =
        grow == 1
        ? shifted.pixels[at] : field.surface.sample(column: columns[at], row: rows[at])
    }
    (sourceColumn, sourceRow) = (columns, rows)
    edge = Self.normalised(shifted)
    moved = (0..<count).map { max(0, field.surface.pixels[$0] - shifted.pixels[$0]) }
    let least = Float(0.5 * field.scale)
    var air = Mask(width: field.mask.width, height: field.mask.height)
    for at in 0..<count
    where field.mask.bits[at] != 0 && shifted.pixels[at] < 0 && moved[at] > least {
      air.bits[at] = 1
    }
    gap = Self.withoutCrumbs(air)
  }

  /// The field over the length of its gradient: a distance near its zero line.
  private static func normalised(_ field: Image) -> Image {
    let (width, height) = (field.width, field.height)
    var result = field
    for y in 0..<height {
      for x in 0..<width {
        let at = y * width + x
        let gx = field.pixels[at + (x + 1 < width ? 1 : 0)] - field.pixels[at - (x > 0 ? 1 : 0)]
        let gy =
          field.pixels[at + (y + 1 < height ? width : 0)] - field.pixels[at - (y > 0 ? width : 0)]
        let slope = 0.5 * (gx * gx + gy * gy).squareRoot()
        result.pixels[at] /= min(max(slope, 0.5), 3)
      }
    }
    return result
  }

  private static func withoutCrumbs(_ air: Mask) -> Mask {
    let parts = Components(air, connectivity: .all)
    guard parts.count > 1, let largest = parts.sizes.max() else { return air }
    var result = Mask(width: air.width, height: air.height)
    for label in 0..<parts.count
    where Double(parts.sizes[label]) >= smallestPart * Double(largest) {
      parts.paint(label, into: &result.bits)
    }
    return result
  }
}

/// Every pixel of a field seen from the hilum.
struct PolarGrid: Sendable {
  let dx: [Float]
  let dy: [Float]
  private let number: [Int32]
  private let fraction: [Float]

  init(_ field: LungField) {
    let (width, height) = (field.mask.width, field.mask.height)
    var (dx, dy) = ([Float](), [Float]())
    var (number, fraction) = ([Int32](), [Float]())
    do {
      let list = width * height
      dx.reserveCapacity(list)
      dy.reserveCapacity(list)
      number.reserveCapacity(list)
      fraction.reserveCapacity(list)
    }
    let count = Float(LungField.directions)
    for row in 0..<height {
      for column in 0..<width {
        let x = Float(column) - Float(field.hilum.x)
        let y = Float(row) - Float(field.hilum.y)
        dx.append(x)
        dy.append(y)
        let at = (atan2f(y, x) / .pi + 1) / 2 * count
        let low = min(floorf(at), count - 1)
        number.append(Int32(low))
        fraction.append(at - low)
      }
    }
    (self.dx, self.dy, self.number, self.fraction) = (dx, dy, number, fraction)
  }

  /// The value of a list over the directions at a pixel.
  @inline(__always)
  func share(_ list: [Float], _ at: Int) -> Float {
    let low = Int(number[at])
    let high = low + 1 == list.count ? 0 : low + 1
    return list[low] + (list[high] - list[low]) * fraction[at]
  }

  /// The direction of a pixel, in radians.
  func angle(_ at: Int) -> Double { Double(atan2f(dy[at], dx[at])) }

  func radius(_ at: Int) -> Float { (dx[at] * dx[at] + dy[at] * dy[at]).squareRoot() }
}
