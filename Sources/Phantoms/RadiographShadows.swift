import Glibc
import Imaging

/// Opacities, pleural fluid and the size of the heart of one film of several findings.
struct RadiographShadows: Sendable {
  /// A consolidation: its place seen from the midline, its extents, and how dense it is.
  struct Opacity: Sendable {
    let side: Side
    let d: Double
    let y: Double
    let width: Double
    let height: Double
    let density: Double
    let edge: SmoothNoise
  }

  /// Fluid of one side: everything of the lung field below a meniscus that rises towards the wall.
  struct Effusion: Sendable {
    let side: Side
    let bottom: Double
    let outer: Double
    let span: Double
    /// Height of the fluid at the wall, in anatomy units.
    let height: Double
    /// Share of that height that is left far from the wall.
    let medial: Double
    let density: Double

    func level(_ d: Double) -> Double {
      let t = max(0, outer - d) / span
      return bottom - height * (medial + (1 - medial) * exp(-t / 0.22))
    }
  }

  let opacities: [Opacity]
  let effusions: [Effusion]
  /// Largest width of the heart as a share of that of the lungs.
  let cardiothoracicRatio: Double

  init(
    _ random: inout CounterRandom, findings: Set<RadiographFinding>, anatomy: RadiographAnatomy
  ) {
    let sides: [Side] = [.right, .left]
    let ratio = anatomy.cardiothoracicRatio
    let enlarged = random.uniform(0.55, 0.68)
    let normal = min(ratio, random.uniform(0.42, 0.47))
    cardiothoracicRatio = findings.contains(.cardiomegaly) ? enlarged : normal
    opacities = (0..<(findings.contains(.opacity) ? random.whole(1...2) : 0)).map { _ in
      let side = sides[random.whole(0...1)]
      return Opacity(
        side: side, d: random.uniform(0.12, 0.28), y: random.uniform(0.28, 0.66),
        width: random.logUniform(0.035, 0.095), height: random.logUniform(0.035, 0.11),
        density: random.uniform(0.10, 0.20), edge: SmoothNoise(key: random.next()))
    }
    let both = random.chance(0.25)
    let one = sides[random.whole(0...1)]
    effusions =
      !findings.contains(.effusion)
      ? []
      : sides.filter { both || $0 == one }.map {
        let lung = anatomy.lung($0)
        return Effusion(
          side: $0, bottom: lung.domeY + lung.sulcus, outer: lung.outerD,
          span: lung.outerD - lung.innerD, height: random.logUniform(0.07, 0.30),
          medial: random.uniform(0.25, 0.55), density: random.uniform(0.04, 0.12))
      }
  }

  /// 1 inside an opacity, 0 outside, with a cloudy border; and its density.
  func opacity(_ side: Side, _ d: Double, _ y: Double) -> (cover: Double, density: Double) {
    var (cover, density) = (0.0, 0.0)
    for one in opacities where one.side == side {
      let (u, v) = ((d - one.d) / one.width, (y - one.y) / one.height)
      let wobble = 0.35 * one.edge.value(d * 26, y * 26)
      let inside = 1 - smoothStep(0.7, 1.3, (u * u + v * v).squareRoot() + wobble)
      if inside > cover { (cover, density) = (inside, one.density) }
    }
    return (cover, density)
  }

  /// 1 below the meniscus of that side, 0 above it, and the density of the fluid over soft tissue.
  func fluid(
    _ side: Side, _ d: Double, _ y: Double, pixel: Double
  ) -> (cover: Double, density: Double) {
    guard let one = effusions.first(where: { $0.side == side }) else { return (0, 0) }
    let soft = max(pixel, 0.006)
    return (smoothStep(-soft, soft, y - one.level(d)), one.density)
  }
}

extension RadiographAnatomy {
  /// Largest width of the heart's ellipse over that of both lungs.
  var cardiothoracicRatio: Double {
    let (c, s) = (cos(heartTilt), sin(heartTilt))
    let (across, down) = (heartA * c, heartB * s)
    return 2 * (across * across + down * down).squareRoot() / (lungs[0].outerD + lungs[1].outerD)
  }

  /// With a heart of another size.
  func with(cardiothoracicRatio ratio: Double) -> RadiographAnatomy {
    var anatomy = self
    let factor = ratio / cardiothoracicRatio
    anatomy.heartA *= factor
    anatomy.heartB *= factor
    return anatomy
  }

  /// A pacemaker below the clavicle with its lead to the heart.
  func drawPacemaker(on canvas: inout Canvas, _ random: inout CounterRandom) {
    let side: Side = random.chance(0.8) ? .left : .right
    let (d, y) = (random.uniform(0.20, 0.27), random.uniform(0.20, 0.25))
    canvas.stroke(
      from: point(side, d - 0.012, y), to: point(side, d + 0.012, y), half: 0.026,
      amplitude: 0.32, profile: .flat)
    let lead = (0...24).map { step -> FilmPoint in
      let t = Double(step) / 24
      let away = point(side, d * (1 - smoothStep(0, 0.7, t)) + 0.02, 0)
      let x = away.x + (midline + heartX + 0.05 - away.x) * smoothStep(0.5, 1, t)
      return FilmPoint(x: x, y: y - 0.04 * sin(.pi * t) + (heartY - y) * t * t)
    }
    canvas.polyline(lead, half: 0.0024, amplitude: 0.16, profile: .flat)
  }
}
