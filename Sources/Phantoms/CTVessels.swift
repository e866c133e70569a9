import Glibc
import Imaging

/// The vessel trees of both lungs as chains of balls, so that each slice cuts the same tree.
struct CTVessels: Sendable {
  struct Ball: Sendable {
    let centre: Vector3
    let radius: Double
  }

  private let byLevel: [Int: [Ball]]

  init(_ random: inout CounterRandom, anatomy: CTAnatomy, density: Double) {
    var balls: [Ball] = []
    for side in [Side.right, .left] { Self.grow(&balls, side, anatomy, density, &random) }
    byLevel = Dictionary(grouping: balls) { Int(($0.centre.z / 4).rounded()) }
  }

  /// The balls that a slab around z may touch.
  func near(_ z: Double, reach: Double) -> [Ball] {
    let (low, high) = (Int(((z - reach) / 4).rounded()) - 1, Int(((z + reach) / 4).rounded()) + 1)
    return (low...high).flatMap { byLevel[$0] ?? [] }
  }

  private static func grow(
    _ balls: inout [Ball], _ side: Side, _ anatomy: CTAnatomy, _ density: Double,
    _ random: inout CounterRandom
  ) {
    let sign: Double = side == .left ? 1 : -1
    let roots = Int((40 * density).rounded())
    var open: [(at: Vector3, along: Vector3, radius: Double)] = (0..<roots).map { _ in
      let along = unit(
        Vector3(
          sign * random.uniform(-0.15, 1), random.uniform(-1, 1), random.uniform(-1.15, 1)))
      return (Vector3(sign * 36, 18, -16), along, random.uniform(2.0, 3.8))
    }
    var steps = 0
    while var branch = open.popLast(), steps < 14_000 {
      var outside = 0
      while branch.radius > 0.45 {
        steps += 1
        let bend = Vector3(random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1))
        branch.along = unit(branch.along + bend * 0.28)
        let next = branch.at + branch.along * 3
        let depth = anatomy.lungDepth(side, next)
        // From the hilum a branch needs some steps to reach the lung.
        outside = depth < 1 ? outside + 1 : 0
        if outside > (abs(next.x) < 60 ? 6 : 0) { break }
        if depth > 0 {
          for part in 0..<3 {
            balls.append(
              Ball(
                centre: branch.at + branch.along * (Double(part) + 0.5), radius: branch.radius))
          }
        }
        branch.at = next
        branch.radius *= 0.962
        if depth > 0 && random.chance(0.15 * density) && branch.radius > 0.6 {
          let turn = Vector3(
            random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1))
          open.append((next, unit(branch.along + turn * 1.1), branch.radius * 0.75))
        }
      }
    }
  }
}

func unit(_ v: Vector3) -> Vector3 { v * (1 / max(v.length, 1e-9)) }
