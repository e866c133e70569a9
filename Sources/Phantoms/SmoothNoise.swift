import Glibc

/// Value noise on a unit lattice with smooth interpolation: repeatable at any place, in `-1...1`
/// with a standard deviation near 0.3.
struct SmoothNoise: Sendable {
  private let key: UInt64

  init(key: UInt64) { self.key = key }

  func value(_ x: Double, _ y: Double) -> Double {
    let (x0, y0) = (floor(x), floor(y))
    let (fx, fy) = (Self.ease(x - x0), Self.ease(y - y0))
    let (i, j) = (Int(x0), Int(y0))
    let top = lattice(i, j, 0) * (1 - fx) + lattice(i + 1, j, 0) * fx
    let bottom = lattice(i, j + 1, 0) * (1 - fx) + lattice(i + 1, j + 1, 0) * fx
    return top * (1 - fy) + bottom * fy
  }

  func value(_ x: Double, _ y: Double, _ z: Double) -> Double {
    let (x0, y0, z0) = (floor(x), floor(y), floor(z))
    let (fx, fy, fz) = (Self.ease(x - x0), Self.ease(y - y0), Self.ease(z - z0))
    let (i, j, k) = (Int(x0), Int(y0), Int(z0))
    func plane(_ k: Int) -> Double {
      let top = lattice(i, j, k) * (1 - fx) + lattice(i + 1, j, k) * fx
      let bottom = lattice(i, j + 1, k) * (1 - fx) + lattice(i + 1, j + 1, k) * fx
      return top * (1 - fy) + bottom * fy
    }
    return plane(k) * (1 - fz) + plane(k + 1) * fz
  }

  @inline(__always)
  private func lattice(_ i: Int, _ j: Int, _ k: Int) -> Double {
    let a = UInt64(truncatingIfNeeded: i) &* 0x9E37_79B9_7F4A_7C15
    let b = UInt64(truncatingIfNeeded: j) &* 0xC2B2_AE3D_27D4_EB4F
    let c = UInt64(truncatingIfNeeded: k) &* 0x1656_67B1_9E37_79F9
    return Double(CounterRandom.mix(key ^ a ^ b ^ c) >> 11) * 0x1p-52 - 1
  }

  private static func ease(_ t: Double) -> Double { t * t * (3 - 2 * t) }
}

/// 0 below `low`, 1 above `high`, smooth between (either order).
func smoothStep(_ low: Double, _ high: Double, _ value: Double) -> Double {
  let t = min(max((value - low) / (high - low), 0), 1)
  return t * t * (3 - 2 * t)
}
