import Glibc
import Imaging

/// Shadows that look a little like pneumothorax, or draw the eye, and say nothing about it.
package enum RadiographConfounder: String, Sendable, Hashable, Codable, CaseIterable {
  case chestTube = "chest-tube"
  case skinFold = "skin-fold"
  case companionShadow = "companion-shadow"
  case bulla
  case leads
  case catheter
  case marker
  case collimation

  /// How often a film has it; the same for films with and without pneumothorax.
  package var rate: Double {
    switch self {
    case .chestTube: 0.10
    case .skinFold: 0.20
    case .companionShadow: 0.25
    case .bulla: 0.12
    case .leads: 0.15
    case .catheter: 0.15
    case .marker: 0.60
    case .collimation: 0.20
    }
  }
}

extension RadiographAnatomy {
  /// Tubes, leads and companion shadows: strokes that add to the film.
  func drawConfounder(
    _ kind: RadiographConfounder, on canvas: inout Canvas, _ random: inout CounterRandom
  ) {
    let side: Side = random.chance(0.5) ? .right : .left
    let lung = lung(side)
    switch kind {
    case .chestTube:
      let (y0, y1) = (random.uniform(0.5, 0.7), random.uniform(0.2, 0.4))
      let end = random.uniform(0.1, 0.22)
      for offset in [-0.006, 0.006] {
        let path = (0...24).map { step -> FilmPoint in
          let t = Double(step) / 24
          return point(
            side, lung.outerD + 0.1 - (lung.outerD + 0.1 - end) * sin(t * .pi / 2) + offset,
            y0 + (y1 - y0) * t * t + offset)
        }
        canvas.polyline(path, half: 0.0022, amplitude: 0.14, profile: .flat)
      }
    case .companionShadow:
      let (top, width) = (random.uniform(0.012, 0.03), random.uniform(0.1, 0.2))
      let path = (0...16).map { step -> FilmPoint in
        let t = Double(step) / 16
        let d = lung.apexD - 0.05 + (width + 0.04) * t
        return point(side, d, lung.apexY + top + 0.16 * t * t)
      }
      canvas.polyline(path, half: 0.0015, amplitude: 0.035)
    case .leads:
      for _ in 0..<3 {
        let from = FilmPoint(x: random.uniform(0.2, 0.8), y: random.uniform(0.15, 0.7))
        var at = from
        canvas.stroke(from: from, to: from, half: 0.011, amplitude: 0.22, profile: .flat)
        var angle = random.uniform(1.2, 1.9)
        for _ in 0..<24 {
          angle += random.uniform(-0.12, 0.12)
          let to = FilmPoint(x: at.x + 0.025 * cos(angle), y: at.y + 0.025 * sin(angle))
          canvas.stroke(from: at, to: to, half: 0.0018, amplitude: 0.12, profile: .flat)
          at = to
        }
      }
    case .catheter:
      let tip = random.uniform(0.38, 0.48)
      let path = (0...24).map { step -> FilmPoint in
        let t = Double(step) / 24
        return point(
          .right, 0.30 * (1 - smoothStep(0, 0.75, t)) + 0.025,
          0.2 - 0.05 * sin(.pi * t) + (tip - 0.2) * t * t * t)
      }
      canvas.polyline(path, half: 0.002, amplitude: 0.09, profile: .flat)
    case .skinFold, .bulla, .marker, .collimation: break
    }
  }
}

/// A long, smooth edge over one lung with a step of density on one side; vessels run on beyond it.
struct SkinFold: Sendable {
  let side: Side
  let d: Double
  let lean: Double
  let bend: Double
  let step: Double

  init(_ random: inout CounterRandom) {
    side = random.chance(0.5) ? .right : .left
    d = random.uniform(0.22, 0.32)
    lean = random.uniform(-0.12, 0.12)
    bend = random.uniform(-0.08, 0.08)
    step = random.uniform(0.025, 0.05)
  }

  func value(d here: Double, y: Double, pixel: Double) -> Double {
    let t = (y - 0.2) / 0.5
    guard t > -0.2, t < 1.1 else { return 0 }
    let off = here - (d + lean * t + bend * t * t)
    let ends = smoothStep(-0.2, 0, t) * (1 - smoothStep(0.9, 1.1, t))
    return step * ends * (1 - smoothStep(-pixel, pixel, off)) * exp(min(0, off) / 0.05)
  }
}

/// A round clear space without vessels, apart from the pleura.
struct Bulla: Sendable {
  let side: Side
  let d: Double
  let y: Double
  let radius: Double
  let lucency: Double

  init(_ random: inout CounterRandom, _ anatomy: RadiographAnatomy) {
    side = random.chance(0.5) ? .right : .left
    d = random.uniform(0.14, 0.26)
    y = random.uniform(0.24, 0.5)
    radius = random.uniform(0.02, 0.055)
    lucency = random.uniform(0.03, 0.07)
  }

  /// 1 inside, 0 outside, with a soft rim.
  func coverage(d x: Double, y row: Double) -> Double {
    let r = ((x - d) * (x - d) + (row - y) * (row - y)).squareRoot()
    return 1 - smoothStep(radius * 0.85, radius, r)
  }
}
