import Glibc
import Imaging

/// A place on the film in anatomy coordinates: fractions of the field, x to the picture's right,
/// y down.
struct FilmPoint: Sendable, Hashable {
  var x: Double
  var y: Double
}

/// Where anatomy coordinates fall on an n x n picture: zoom, small rotation and shift.
struct FilmFrame: Sendable {
  let size: Int
  let zoom: Double
  let rotation: Double
  let shift: FilmPoint

  /// Pixel coordinates (centres at whole numbers) of a place.
  func pixel(_ p: FilmPoint) -> FilmPoint {
    let (dx, dy) = ((p.x - 0.5) * zoom, (p.y - 0.5) * zoom)
    let (c, s) = (cos(rotation), sin(rotation))
    return FilmPoint(
      x: (dx * c - dy * s + 0.5 + shift.x) * Double(size) - 0.5,
      y: (dx * s + dy * c + 0.5 + shift.y) * Double(size) - 0.5)
  }

  /// The place of a pixel centre.
  func place(column: Double, row: Double) -> FilmPoint {
    let dx = (column + 0.5) / Double(size) - 0.5 - shift.x
    let dy = (row + 0.5) / Double(size) - 0.5 - shift.y
    let (c, s) = (cos(rotation), sin(rotation))
    return FilmPoint(x: (dx * c + dy * s) / zoom + 0.5, y: (dy * c - dx * s) / zoom + 0.5)
  }

  /// Pixels in one unit of anatomy coordinates.
  var scale: Double { Double(size) * zoom }
}

/// How the brightness of a stroke falls off with the distance from its axis.
enum StrokeProfile: Sendable {
  /// Gaussian with the half width as sigma.
  case soft
  /// A tube: brighter at the rims than in the middle, as cortical bone.
  case bone
  /// Full inside the half width.
  case flat

  /// `distance` and `half` in pixels.
  func value(_ distance: Double, _ half: Double) -> Double {
    switch self {
    case .soft: return exp(-distance * distance / (2 * half * half))
    case .bone:
      let t = distance / half
      let inside = 0.55 + 0.45 * t * t * t * t
      return min(inside, 1) * (1 - smoothStep(half - 0.5, half + 0.7, distance))
    case .flat: return 1 - smoothStep(half - 0.5, half + 0.5, distance)
    }
  }

  func reach(_ half: Double) -> Double { self == .soft ? 3 * half : half + 1 }
}

/// A layer that strokes are laid on; where strokes overlap, the stronger one shows.
struct Canvas: Sendable {
  let frame: FilmFrame
  var layer: Image

  init(_ frame: FilmFrame) {
    self.frame = frame
    layer = Image(width: frame.size, height: frame.size)
  }

  /// Draws a straight piece. `half` is in anatomy units; a piece thinner than half a pixel is
  /// drawn half a pixel wide and fainter, keeping its mass.
  mutating func stroke(
    from a: FilmPoint, to b: FilmPoint, half: Double, amplitude: Double,
    profile: StrokeProfile = .soft
  ) {
    let (p, q) = (frame.pixel(a), frame.pixel(b))
    let wanted = half * frame.scale
    let width = max(wanted, 0.5)
    let strength = amplitude * min(1, wanted / width)
    let reach = profile.reach(width)
    let last = Double(frame.size - 1)
    let (left, right) = (max(0, min(p.x, q.x) - reach), min(last, max(p.x, q.x) + reach))
    let (top, bottom) = (max(0, min(p.y, q.y) - reach), min(last, max(p.y, q.y) + reach))
    guard left <= right, top <= bottom else { return }
    let (dx, dy) = (q.x - p.x, q.y - p.y)
    let squared = max(dx * dx + dy * dy, 1e-9)
    for row in Int(top.rounded(.up))...max(Int(top.rounded(.up)), Int(bottom)) {
      for column in Int(left.rounded(.up))...max(Int(left.rounded(.up)), Int(right)) {
        guard row < frame.size, column < frame.size else { continue }
        let (x, y) = (Double(column) - p.x, Double(row) - p.y)
        let t = min(max((x * dx + y * dy) / squared, 0), 1)
        let (ex, ey) = (x - t * dx, y - t * dy)
        let distance = (ex * ex + ey * ey).squareRoot()
        guard distance < reach else { continue }
        let value = Float(strength * profile.value(distance, width))
        let at = row * frame.size + column
        if abs(value) > abs(layer.pixels[at]) { layer.pixels[at] = value }
      }
    }
  }

  mutating func polyline(
    _ points: [FilmPoint], half: Double, amplitude: Double, profile: StrokeProfile = .soft
  ) {
    for (a, b) in zip(points, points.dropFirst()) {
      stroke(from: a, to: b, half: half, amplitude: amplitude, profile: profile)
    }
  }
}
