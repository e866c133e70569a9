import Glibc
import Imaging

/// Bones, lung vessels and soft-tissue shadows of the synthetic film, drawn as strokes.
extension RadiographAnatomy {
  /// Nine or ten pairs of ribs: the posterior arcs bright, the anterior ones fainter and steeper.
  func drawRibs(_ canvas: inout Canvas, _ random: inout CounterRandom) {
    let pairs = random.whole(9...10)
    let spacing = random.uniform(0.066, 0.074)
    let strength = random.uniform(0.06, 0.10)
    let half = random.uniform(0.010, 0.014)
    for side in [Side.right, .left] {
      let reach = lung(side).outerD + 0.022
      for pair in 0..<pairs {
        let start = 0.13 + spacing * Double(pair) + random.uniform(-0.004, 0.004)
        let width = reach * (1 - 0.62 * exp(-Double(pair) / 1.1))
        let drop = 0.015 + 0.011 * Double(pair)
        let posterior = (0...16).map { step -> FilmPoint in
          let t = Double(step) / 16
          let y = start - 0.022 * sin(.pi * min(1, t * 1.4)) + drop * t + 0.075 * t * t * t * t
          return point(side, 0.035 + (width - 0.035) * sin(t * .pi / 2), y)
        }
        canvas.polyline(posterior, half: half * 0.85, amplitude: strength, profile: .bone)
        guard pair < 7, let rim = posterior.last else { continue }
        let rimD = lateral(side, rim.x)
        let fall = 0.09 + 0.014 * Double(pair)
        var previous = rim
        for step in 1...12 {
          let t = Double(step) / 12
          let next = point(
            side, rimD - (rimD - 0.09) * (1 - cos(t * .pi / 2)), rim.y + fall * sin(t * .pi / 2))
          canvas.stroke(
            from: previous, to: next, half: half, amplitude: strength * 0.62 * (1 - 0.6 * t),
            profile: .bone)
          previous = next
        }
      }
    }
  }

  /// Clavicles, the medial borders of the shoulder blades, vertebrae.
  func drawOtherBones(_ canvas: inout Canvas, _ random: inout CounterRandom) {
    let tilt = random.uniform(0.02, 0.09)
    let level = random.uniform(0.15, 0.19)
    for side in [Side.right, .left] {
      let raise = random.uniform(-0.012, 0.012)
      let clavicle = (0...14).map { step -> FilmPoint in
        let t = Double(step) / 14
        return point(
          side, 0.035 + 0.38 * t, level + raise - tilt * t + 0.018 * sin(2 * .pi * t))
      }
      canvas.polyline(clavicle, half: 0.014, amplitude: 0.10, profile: .bone)
      let border = random.uniform(0.30, 0.40)
      let scapula = (0...12).map { step -> FilmPoint in
        let t = Double(step) / 12
        return point(side, border + 0.03 * sin(.pi * t), 0.19 + 0.25 * t)
      }
      canvas.polyline(scapula, half: 0.005, amplitude: random.uniform(0.02, 0.06), profile: .flat)
    }
    for vertebra in 0..<16 {
      let y = 0.08 + 0.055 * Double(vertebra)
      canvas.stroke(
        from: FilmPoint(x: midline - 0.024, y: y), to: FilmPoint(x: midline + 0.024, y: y),
        half: 0.019, amplitude: 0.05, profile: .bone)
    }
  }

  /// Branching vessels of one lung, from the hilum outwards; inside a collapsed lung the whole
  /// tree is drawn in with it.
  func drawVessels(
    _ canvas: inout Canvas, side: Side, collapse: RadiographPneumothorax?,
    _ random: inout CounterRandom
  ) {
    struct Branch {
      var d: Double
      var y: Double
      var angle: Double
      var radius: Double
    }
    let lung = lung(side)
    var open: [Branch] = (0..<8).map { index in
      let angle = -1.5 + 3.1 * (Double(index) + random.uniform(0.2, 0.8)) / 8
      return Branch(
        d: lung.hilum.x - 0.02, y: lung.hilum.y, angle: angle,
        radius: random.uniform(0.0055, 0.0095))
    }
    var segments = 0
    while let start = open.popLast(), segments < 420 {
      var at = start
      while at.radius > 0.0009 && segments < 420 {
        let length = random.uniform(0.014, 0.024)
        at.angle += random.uniform(-0.22, 0.22)
        let (d, y) = (at.d + length * cos(at.angle), at.y + length * sin(at.angle))
        let (from, to) = (point(side, at.d, at.y), point(side, d, y))
        if d > lung.hilum.x + 0.02 && lungDepth(side, to) < 0.004 { break }
        var drawn = (from, to)
        if let collapse {
          let (a, b) = (collapse.contracted(at.d, at.y), collapse.contracted(d, y))
          drawn = (point(side, a.d, a.y), point(side, b.d, b.y))
        }
        canvas.stroke(
          from: drawn.0, to: drawn.1, half: at.radius * 0.75,
          amplitude: 0.025 + 7 * at.radius)
        segments += 1
        if random.chance(0.42) {
          let turn = random.uniform(0.35, 0.95) * (random.chance(0.5) ? 1 : -1)
          open.insert(
            Branch(
              d: d, y: y, angle: at.angle + turn, radius: at.radius * random.uniform(0.55, 0.8)),
            at: 0)
          at.radius *= 0.9
        }
        (at.d, at.y) = (d, y)
        at.radius *= 0.94
      }
    }
  }
}
