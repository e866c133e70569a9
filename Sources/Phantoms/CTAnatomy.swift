import Glibc
import Imaging

/// The chest of one synthetic patient as functions of a place in the patient (LPS mm: x to the
/// patient's left, y to the back, z to the head); z = 0 lies at the carina.
struct CTAnatomy: Sendable {
  let bodyA: Double
  let bodyB: Double
  let fat: Double
  let lungX: Double
  let lungA: Double
  let lungB: Double
  let tilt: Double
  let apexZ: Double
  let baseZ: Double
  let domeHeight: Double
  let heart: Vector3
  let heartSize: Double
  let aorta: Double
  let contrast: Double
  let parenchyma: Double
  let gravity: Double
  let mosaic: Double
  let grain: Double
  let atelectasis: Double
  let ribPhase: Double
  let noise: SmoothNoise

  init(_ random: inout CounterRandom) {
    bodyA = random.uniform(140, 155)
    bodyB = random.uniform(98, 110)
    fat = random.uniform(7, 16)
    lungA = random.uniform(44, 52)
    // In a quarter of patients the lungs all but touch in front of the heart.
    lungX = random.chance(0.25) ? lungA + random.uniform(0.6, 1.6) : random.uniform(58, 66)
    lungB = random.uniform(66, 76)
    tilt = random.uniform(0.02, 0.14)
    apexZ = random.uniform(85, 105)
    baseZ = random.uniform(-140, -120)
    domeHeight = random.uniform(38, 55)
    heart = Vector3(random.uniform(14, 24), random.uniform(-32, -22), random.uniform(-60, -48))
    heartSize = random.uniform(0.9, 1.12)
    aorta = random.uniform(11, 14)
    contrast = random.chance(0.3) ? random.uniform(200, 300) : 0
    parenchyma = random.uniform(-900, -790)
    gravity = random.uniform(10, 90)
    mosaic = random.uniform(20, 40)
    grain = random.uniform(15, 25)
    atelectasis = random.chance(0.3) ? random.uniform(60, 260) : 0
    ribPhase = random.uniform(0, 26)
    noise = SmoothNoise(key: random.next())
  }

  /// Distance (about, mm) inside the cage of one side before heart and diaphragm cut into it.
  func cageDepth(_ side: Side, _ p: Vector3) -> Double {
    let sign: Double = side == .left ? 1 : -1
    let (dx, dy) = (p.x - sign * lungX, p.y - 6)
    let (c, s) = (cos(tilt), sin(tilt) * sign)
    let (u, v) = ((dx * c - dy * s) / lungA, (dy * c + dx * s) / lungB)
    let taper: Double
    if p.z > 0 {
      let t = min(p.z / apexZ, 1)
      taper = (1 - t * t).squareRoot()
    } else {
      taper = 1
    }
    return (taper - (u * u + v * v).squareRoot()) * (lungA + lungB) / 2
  }

  /// Height of the diaphragm under a place of one side.
  func domeZ(_ side: Side, _ p: Vector3) -> Double {
    let sign: Double = side == .left ? 1 : -1
    let (u, v) = ((p.x - sign * lungX) / 56, (p.y + 4) / 80)
    let top = side == .right ? 6.0 : 0.0
    return baseZ + (domeHeight + top) * (1 - u * u - v * v)
  }

  func heartDepth(_ p: Vector3) -> Double {
    let d = p - heart
    let (u, v, w) = (d.x * 0.9 + d.z * 0.2, d.y * 0.95 + d.x * 0.2, d.z * 0.9 - d.x * 0.2)
    let q = (u * u / (46 * 46) + v * v / (36 * 36) + w * w / (50 * 50)).squareRoot()
    return (heartSize - q) * 42
  }

  /// Distance (about, mm) inside one lung; negative outside.
  func lungDepth(_ side: Side, _ p: Vector3) -> Double {
    let cage = cageDepth(side, p)
    if cage < -8 { return cage }
    let wobble = 3.5 * noise.value(p.x / 28, p.y / 28, p.z / 28)
    let spine = (p.x * p.x + (p.y - 62) * (p.y - 62)).squareRoot() - 24
    return min(
      min(cage + wobble, (p.z - domeZ(side, p)) * 0.8 + wobble),
      min(min(-heartDepth(p), bodyDepth(p) - 15), min(spine, vesselWall(p))))
  }

  /// How deep a place lies in the air of a pneumothorax, mm; negative in the lung. Air rises to the
  /// front and to the apex.
  func gap(_ pneumothorax: CTPhantom.Pneumothorax, _ p: Vector3) -> Double {
    let height = min(max((0.35 - (p.y - 6) / lungB) / 1.2, 0), 1)
    let apex = smoothStep(0.45 * apexZ, 0.95 * apexZ, p.z)
    let wobble = 3.5 * noise.value(p.x / 28, p.y / 28, p.z / 28)
    let wall = cageDepth(pneumothorax.side, p) + wobble
    return pneumothorax.depth * max(height, 0.7 * apex) - wall
  }

  /// Distance outside the great vessels and the airway wall.
  private func vesselWall(_ p: Vector3) -> Double {
    min(-greatVesselDepth(p), -airwayDepth(p) - 2)
  }

  /// Distance inside aorta, superior vena cava or pulmonary trunk.
  func greatVesselDepth(_ p: Vector3) -> Double {
    func disc(_ x: Double, _ y: Double, _ r: Double) -> Double {
      r - ((p.x - x) * (p.x - x) + (p.y - y) * (p.y - y)).squareRoot()
    }
    var depth = -100.0
    if p.z < 38 { depth = max(depth, disc(20, 44, aorta)) }
    if p.z > -40 && p.z < 38 { depth = max(depth, disc(-10, -18, aorta + 2)) }
    if p.z > -30 && p.z < 80 { depth = max(depth, disc(-24, -14, 8)) }
    if p.z > 22 && p.z < 44 {
      let t = min(max(((p.x + 10) * 30 + (p.y + 18) * 62) / (30 * 30 + 62 * 62), 0), 1)
      let (ex, ey) = (p.x + 10 - 30 * t, p.y + 18 - 62 * t)
      depth = max(depth, min(aorta - (ex * ex + ey * ey).squareRoot(), 11 - abs(p.z - 33)))
    }
    if p.z > -32 && p.z < -2 { depth = max(depth, disc(14, -12, 13)) }
    return depth
  }

  /// Distance inside the air of trachea and main bronchi.
  func airwayDepth(_ p: Vector3) -> Double {
    let trachea =
      p.z > -4
      ? 8.5 - ((p.x - 1) * (p.x - 1) + (p.y - 14) * (p.y - 14)).squareRoot() : -100
    var best = trachea
    for sign in [-1.0, 1.0] {
      let end = Vector3(sign * 40, 22, sign < 0 ? -24 : -30)
      let start = Vector3(1, 14, 2)
      let axis = end - start
      let t = min(max((p - start).dot(axis) / axis.dot(axis), 0), 1)
      best = max(best, 6.2 - 1.6 * t - (p - start - axis * t).length)
    }
    return best
  }

  /// Distance inside the skin.
  func bodyDepth(_ p: Vector3) -> Double {
    let narrow = p.z > 55 ? 1 - 0.15 * smoothStep(55, 120, p.z) : 1
    let (u, v) = (p.x / (bodyA * narrow), p.y / bodyB)
    return (1 - (u * u + v * v).squareRoot()) * (bodyA + bodyB) / 2
  }

  /// Aerated lung without vessels and lesions: base, gravity, mosaic, grain, dependent band.
  func lungHU(_ p: Vector3, depth: Double) -> Double {
    var hu = parenchyma + gravity * (p.y + 70) / 200
    hu += mosaic / 0.3 * noise.value(p.x / 38 + 9, p.y / 38, p.z / 38)
    hu += grain / 0.3 * noise.value(p.x / 4.2 + 90, p.y / 4.2, p.z / 4.2)
    if atelectasis > 0 && p.y > 20 {
      hu += atelectasis * exp(-max(depth, 0) / 4.5) * smoothStep(20, 62, p.y)
    }
    return hu
  }

  /// Everything in the body that is not lung: muscle, fat, bone, organs, airway air.
  func tissueHU(_ p: Vector3, pixel: Double) -> Double {
    let skin = bodyDepth(p)
    if airwayDepth(p) > 0 { return -980 }
    if let bone = boneHU(p) { return bone }
    let vessel = greatVesselDepth(p)
    if vessel > 0 { return 42 + contrast }
    if heartDepth(p) > 0 { return 46 + 0.5 * contrast }
    let cage = max(cageDepth(.right, p), cageDepth(.left, p))
    if skin < fat { return -95 + 8 * noise.value(p.x / 9, p.y / 9, p.z / 9) }
    if cage > 0 {
      let side: Side = p.x < 0 ? .right : .left
      if p.z < domeZ(side, p) { return side == .right ? 58 : 46 }
    }
    // Muscle, and between the lungs fat with strands.
    let strands = noise.value(p.x / 13, p.y / 13, p.z / 13)
    if abs(p.x) < 40 && abs(p.y) < 70 { return strands > -0.15 ? 38 : -70 }
    return strands < -0.45 ? -60 : 52
  }

  private func boneHU(_ p: Vector3) -> Double? {
    let vertebra = 18 - (p.x * p.x + (p.y - 66) * (p.y - 66)).squareRoot()
    if vertebra > 0 {
      let disc = abs((p.z / 24) - (p.z / 24).rounded()) > 0.40
      return disc ? 90 : (vertebra < 2.2 ? 480 : 210)
    }
    if abs(p.x) < 15 && p.y > -bodyB + 12 && p.y < -bodyB + 22 && p.z > -70 { return 260 }
    if abs(p.x) < 4 && p.y > 90 && p.y < bodyB - 4 { return 330 }
    let side: Side = p.x < 0 ? .right : .left
    let cage = -cageDepth(side, Vector3(p.x, p.y, min(p.z, 0.55 * apexZ)))
    guard cage > 1.5, cage < 9, abs(p.x) > 16 else { return nil }
    // Ribs slant: the further forward, the lower.
    let along = atan2(abs(p.x) - 30, p.y - 6)
    let height = (p.z + ribPhase + 34 * along) / 26
    guard abs(height - height.rounded()) < 0.21 else { return nil }
    return cage < 3 || cage > 7.5 ? 620 : 320
  }
}
