import Glibc
import Imaging

/// A collapsed lung: seen from the hilum, the lung's edge is drawn in from the outline by a depth
/// that varies smoothly with the angle; air lies between.
struct RadiographPneumothorax: Sendable {
  let side: Side
  /// Greatest depth, in anatomy units.
  let depth: Double
  let centreAngle: Double
  let halfAngle: Double
  let lucency: Double
  let collapse: Double
  let lineAmplitude: Double
  let gaps: SmoothNoise
  private let hilum: FilmPoint
  private let outline: [Double]

  private static let steps = 360

  init(_ random: inout CounterRandom, anatomy: RadiographAnatomy, side: Side, share: Double) {
    self.side = side
    let lung = anatomy.lung(side)
    hilum = lung.hilum
    depth = share * (lung.outerD - lung.innerD)
    // Erect: air rises to the apex. Supine: it lies low and lateral, the deep sulcus.
    let supine = random.chance(0.2)
    centreAngle = supine ? random.uniform(0.25, 0.6) : random.uniform(-1.25, -0.75)
    halfAngle = random.uniform(0.9, 1.25) + min(1.2, 3 * share)
    lucency = random.uniform(0.04, 0.10)
    collapse = random.uniform(0.03, 0.08) * min(1, 4 * share)
    lineAmplitude = random.uniform(0.04, 0.075)
    gaps = SmoothNoise(key: random.next())
    outline = (0..<Self.steps).map { step in
      let angle = (Double(step) / Double(Self.steps) * 2 - 1) * .pi
      func isLung(_ radius: Double) -> Bool {
        let (d, y) = (lung.hilum.x + radius * cos(angle), lung.hilum.y + radius * sin(angle))
        return anatomy.lungDepth(side, anatomy.point(side, d, y)) > 0
      }
      var radius = 0.62
      while radius > 0.004 && !isLung(radius) { radius -= 0.002 }
      // The lung's border lies within the last step.
      var step = 0.001
      while step > 1e-5 {
        if isLung(radius + step) { radius += step }
        step /= 2
      }
      return radius
    }
  }

  /// Radius of the full lung and of the collapsed lung along an angle.
  func radii(_ angle: Double) -> (outline: Double, edge: Double) {
    let at = (angle / .pi + 1) / 2 * Double(Self.steps)
    let low = Int(at) % Self.steps
    let share = at - at.rounded(.down)
    let full = outline[low] * (1 - share) + outline[(low + 1) % Self.steps] * share
    var offset = abs(angle - centreAngle)
    if offset > .pi { offset = 2 * .pi - offset }
    // Towards the mediastinum the lung stays where it is.
    let lateral = smoothStep(-1.95, -1.5, angle) * (1 - smoothStep(1.25, 1.6, angle))
    let weight =
      offset < halfAngle ? lateral * (0.5 + 0.5 * cos(.pi * offset / halfAngle)) : 0
    return (full, max(full - depth * pow(weight, 0.6), 0.3 * full))
  }

  /// Polar place seen from the hilum; `d` is the distance from the midline into this side.
  func polar(_ d: Double, _ y: Double) -> (angle: Double, radius: Double) {
    let (dx, dy) = (d - hilum.x, y - hilum.y)
    return (atan2(dy, dx), (dx * dx + dy * dy).squareRoot())
  }

  /// Signed distance beyond the collapsed lung's edge: positive in the air. The slope of the edge
  /// turns the radial distance into one along the normal.
  func beyondEdge(_ d: Double, _ y: Double) -> (distance: Double, gap: Double, angle: Double) {
    let (angle, radius) = polar(d, y)
    let here = radii(angle)
    let step = 2 * Double.pi / Double(Self.steps)
    let slope = (radii(wrapped(angle + step)).edge - radii(wrapped(angle - step)).edge) / (2 * step)
    let tilt = 1 / (1 + pow(slope / max(here.edge, 1e-6), 2)).squareRoot()
    return ((radius - here.edge) * tilt, here.outline - here.edge, angle)
  }

  /// Where a point of the expanded lung lies in the collapsed one.
  func contracted(_ d: Double, _ y: Double) -> (d: Double, y: Double) {
    let (angle, _) = polar(d, y)
    let here = radii(angle)
    let share = here.edge / max(here.outline, 1e-6)
    return (hilum.x + (d - hilum.x) * share, hilum.y + (y - hilum.y) * share)
  }

  private func wrapped(_ angle: Double) -> Double {
    angle > .pi ? angle - 2 * .pi : (angle < -.pi ? angle + 2 * .pi : angle)
  }
}
