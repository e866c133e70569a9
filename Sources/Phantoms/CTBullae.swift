import Glibc
import Imaging

/// Thin-walled air spaces in the upper lungs, some of them against the pleura.
struct CTBullae: Sendable {
  private var bullae: [(centre: Vector3, radius: Double)] = []

  init() {}

  init(_ random: inout CounterRandom, count: Int, anatomy: CTAnatomy, levels: [Double]) {
    var tries = 0
    while bullae.count < count, tries < 2000 {
      tries += 1
      let side: Side = random.chance(0.5) ? .left : .right
      let sign: Double = side == .left ? 1 : -1
      let centre = Vector3(
        sign * random.uniform(20, 110), random.uniform(-60, 60), random.uniform(0, 70))
      let radius = random.uniform(5, 16)
      guard anatomy.lungDepth(side, centre) > 0.5 * radius else { continue }
      bullae.append((centre, radius))
    }
  }

  /// HU inside a bulla or its wall; nil elsewhere.
  func value(_ p: Vector3, pixel: Double) -> Double? {
    for bulla in bullae {
      let depth = bulla.radius - (p - bulla.centre).length
      guard depth > -1 else { continue }
      return depth > 0.6 ? -985 : -650
    }
    return nil
  }
}
