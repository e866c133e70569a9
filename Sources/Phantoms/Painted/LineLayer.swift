import Glibc
import Imaging

/// A curve of one gentle bend, in pixel coordinates.
struct Curve: Sendable {
  let points: [FilmPoint]

  /// - Parameter bend: height of the bend as a share of the length.
  init(centre: FilmPoint, angle: Double, length: Double, bend: Double) {
    let (c, s) = (cos(angle), sin(angle))
    points = (0...24).map { number in
      let t = Double(number) / 24 * 2 - 1
      let (along, across) = (t * length / 2, bend * length * (1 - t * t))
      return FilmPoint(x: centre.x + along * c - across * s, y: centre.y + along * s + across * c)
    }
  }

  /// A quadratic Bezier curve.
  init(from start: FilmPoint, over middle: FilmPoint, to end: FilmPoint) {
    points = (0...32).map { number in
      let t = Double(number) / 32
      let (a, b, c) = ((1 - t) * (1 - t), 2 * t * (1 - t), t * t)
      return FilmPoint(
        x: a * start.x + b * middle.x + c * end.x, y: a * start.y + b * middle.y + c * end.y)
    }
  }

  /// The curve moved sideways by a distance in pixels.
  func shifted(by distance: Double) -> [FilmPoint] {
    points.indices.map { at in
      let (a, b) = (points[max(0, at - 1)], points[min(points.count - 1, at + 1)])
      let (dx, dy) = (b.x - a.x, b.y - a.y)
      let length = max((dx * dx + dy * dy).squareRoot(), 1e-9)
      return FilmPoint(
        x: points[at].x - dy / length * distance, y: points[at].y + dx / length * distance)
    }
  }
}

/// Lines to be added to a film of any shape; where lines overlap, the stronger one shows.
struct LineLayer: Sendable {
  var image: Image

  init(width: Int, height: Int) { image = Image(width: width, height: height) }

  /// A line that shows as `style` says, its ends fading.
  mutating func draw(_ points: [FilmPoint], style: LineStyle, scale: Double) {
    let (sigma, amplitude) = style.onFilm(scale: scale)
    let pieces = Double(points.count - 1)
    for number in 0..<points.count - 1 {
      let t = (Double(number) + 0.5) / pieces
      let ends = smoothStep(0, 0.12, t) * (1 - smoothStep(0.88, 1, t))
      stroke(
        points[number], points[number + 1], sigma: sigma,
        amplitude: amplitude * ends * style.visibility(2.5 * t))
    }
  }

  /// A straight piece with a Gaussian profile; sigma in pixels.
  mutating func stroke(_ p: FilmPoint, _ q: FilmPoint, sigma: Double, amplitude: Double) {
    let reach = 3 * sigma
    let (width, height) = (image.width, image.height)
    let left = max(0, Int((min(p.x, q.x) - reach).rounded(.up)))
    let right = min(width - 1, Int((max(p.x, q.x) + reach).rounded(.down)))
    let top = max(0, Int((min(p.y, q.y) - reach).rounded(.up)))
    let bottom = min(height - 1, Int((max(p.y, q.y) + reach).rounded(.down)))
    guard left <= right, top <= bottom, amplitude != 0 else { return }
    let (dx, dy) = (q.x - p.x, q.y - p.y)
    let squared = max(dx * dx + dy * dy, 1e-9)
    for row in top...bottom {
      for column in left...right {
        let (x, y) = (Double(column) - p.x, Double(row) - p.y)
        let t = min(max((x * dx + y * dy) / squared, 0), 1)
        let (ex, ey) = (x - t * dx, y - t * dy)
        let distance = ex * ex + ey * ey
        guard distance < reach * reach else { continue }
        let value = Float(amplitude * exp(-distance / (2 * sigma * sigma)))
        let at = row * width + column
        if abs(value) > abs(image.pixels[at]) { image.pixels[at] = value }
      }
    }
  }
}
