import Glibc
import Imaging

/// What a marked voxel of a CT phantom is part of.
package enum CTLesionKind: String, Sendable, Hashable, Codable, CaseIterable {
  case groundGlass = "ground-glass"
  case consolidation
  case nodule
}

/// One lesion as a function of a place in the patient.
struct CTLesion: Sendable {
  let kind: CTLesionKind
  let centre: Vector3
  /// Half of the diameter, mm.
  let radius: Double
  let hounsfield: Double
  let warp: Double
  let noise: SmoothNoise

  /// How much of a voxel the lesion takes, `0...1`; above 0.5 it counts as lesion.
  func share(_ p: Vector3, pixel: Double) -> Double {
    let off = p - centre
    let distance = off.length
    guard distance < radius * 2.2 + 2 * pixel else { return 0 }
    if kind == .nodule {
      let n = off * (1.6 / max(distance, 0.3))
      let edge = radius * (1 + warp * noise.value(n.x, n.y, n.z))
      return 1 / (1 + exp((distance - edge) / (0.35 * pixel)))
    }
    let bend = noise.value(off.x / radius * 1.6, off.y / radius * 1.6, off.z / radius * 1.6)
    let f = distance / radius + warp / 0.6 * bend
    return 1 / (1 + exp((f - 1) / 0.12))
  }

  /// The lesion's own density, with grain.
  func value(_ p: Vector3) -> Double {
    let grain = kind == .nodule ? 0.05 : 0.15
    return hounsfield
      + (hounsfield + 1000) * grain * 2 * noise.value(p.x / 3.5 + 7, p.y / 3.5, p.z / 3.5)
  }
}

/// Draws where and what the lesions of a phantom are.
struct CTLesionPlan: Sendable {
  let anatomy: CTAnatomy
  let kinds: [CTLesionKind]
  /// Of nodules, mm.
  let diameters: ClosedRange<Double>

  /// `levels` is the range of z in which centres may lie.
  func lesions(_ random: inout CounterRandom, levels: ClosedRange<Double>) -> [CTLesion] {
    guard let first = pick(&random) else { return [] }
    let count = first == .nodule ? (random.chance(0.8) ? 1 : 2) : random.whole(1...4)
    return (0..<count).compactMap { _ in
      lesion(first, &random, levels: levels)
    }
  }

  private func pick(_ random: inout CounterRandom) -> CTLesionKind? {
    kinds.isEmpty ? nil : kinds[random.whole(0...kinds.count - 1)]
  }

  private func lesion(
    _ kind: CTLesionKind, _ random: inout CounterRandom, levels: ClosedRange<Double>
  ) -> CTLesion? {
    // Matched set: one in five patches of ground glass is as dense as consolidation.
    var kind = kind
    if kind == .groundGlass && random.chance(0.2) { kind = .consolidation }
    let isNodule = kind == .nodule
    let radius =
      isNodule
      ? random.logUniform(diameters.lowerBound, diameters.upperBound) / 2 : random.uniform(8, 28)
    let hounsfield: Double =
      switch kind {
      case .groundGlass: random.uniform(-700, -480)
      case .consolidation: random.uniform(-400, -200)
      case .nodule:
        random.chance(0.05)
          ? random.uniform(300, 600)
          : (random.chance(0.2) ? random.uniform(-550, -300) : random.uniform(-50, 80))
      }
    guard let centre = place(&random, levels, pleural: !isNodule || random.chance(0.15)) else {
      return nil
    }
    return CTLesion(
      kind: kind, centre: centre, radius: radius, hounsfield: hounsfield,
      warp: isNodule ? 0.25 : random.uniform(0.25, 0.5), noise: SmoothNoise(key: random.next()))
  }

  /// A place in a lung: near the pleura with weight exp(-depth / 30 mm) when `pleural`, at least
  /// 3 mm deep otherwise.
  private func place(
    _ random: inout CounterRandom, _ levels: ClosedRange<Double>, pleural: Bool
  ) -> Vector3? {
    for _ in 0..<4000 {
      let p = Vector3(
        random.uniform(-115, 115), random.uniform(-75, 85),
        random.uniform(levels.lowerBound, levels.upperBound))
      let depth = max(anatomy.lungDepth(.right, p), anatomy.lungDepth(.left, p))
      guard depth > (pleural ? 0.5 : 3) else { continue }
      if !pleural || random.chance(exp(-depth / 30)) { return p }
    }
    return nil
  }
}
