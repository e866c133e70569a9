import Glibc
import Imaging

/// Sums the parts of the body into a picture of attenuation, and marks the truth on the way.
struct RadiographRenderer {
  let frame: FilmFrame
  private(set) var density: Image
  private(set) var air: Mask
  private(set) var rightLung: Mask
  private(set) var leftLung: Mask

  /// Of a film of several findings; empty otherwise.
  private(set) var findings: [RadiographFinding: Mask] = [:]

  private let anatomy: RadiographAnatomy
  private let shadows: RadiographShadows?
  private let collapse: RadiographPneumothorax?
  private let fold: SkinFold
  private let bulla: Bulla
  // Rotation of the patient and haze make one lung darker than the other in any film.
  private let tilt: Double
  private let haze: (right: Double, left: Double)
  private var hasFold = false
  private var hasBulla = false
  private var bones: Canvas
  private var vessels: Canvas
  private var devices: Canvas

  init(
    anatomy: RadiographAnatomy, collapse: RadiographPneumothorax?,
    shadows: RadiographShadows? = nil, size: Int, random: inout CounterRandom
  ) {
    self.anatomy = anatomy
    self.shadows = shadows
    self.collapse = collapse
    frame = FilmFrame(
      size: size, zoom: random.uniform(0.93, 1.06), rotation: random.uniform(-0.05, 0.05),
      shift: FilmPoint(x: random.uniform(-0.025, 0.025), y: random.uniform(-0.02, 0.03)))
    tilt = 0.16 * random.normal()
    haze = (0.025 * random.normal(), 0.025 * random.normal())
    fold = SkinFold(&random)
    bulla = Bulla(&random, anatomy)
    density = Image(width: size, height: size)
    air = Mask(width: size, height: size)
    rightLung = air
    leftLung = air
    bones = Canvas(frame)
    vessels = Canvas(frame)
    devices = Canvas(frame)
  }

  mutating func drawStrokes(
    _ confounders: Set<RadiographConfounder>, bones random: inout CounterRandom,
    extra: inout CounterRandom
  ) {
    anatomy.drawRibs(&bones, &random)
    anatomy.drawOtherBones(&bones, &random)
    for side in [Side.right, .left] {
      let own = collapse.flatMap { $0.side == side ? $0 : nil }
      anatomy.drawVessels(&vessels, side: side, collapse: own, &random)
    }
    for kind in RadiographConfounder.allCases where confounders.contains(kind) {
      anatomy.drawConfounder(kind, on: &devices, &extra)
    }
    hasFold = confounders.contains(.skinFold)
    hasBulla = confounders.contains(.bulla)
  }

  /// Makes room for the truth of each finding that the film is to show.
  mutating func mark(_ wanted: Set<RadiographFinding>) {
    for finding in wanted { findings[finding] = Mask(width: frame.size, height: frame.size) }
  }

  /// The devices of the film and, with a pacemaker, that one as well, are the truth of `.device`:
  /// their strokes with a rim, as people outline them.
  mutating func markDevices(pacemaker: Bool, _ random: inout CounterRandom) {
    if pacemaker { anatomy.drawPacemaker(on: &devices, &random) }
    guard findings[.device] != nil else { return }
    // As confounders they are faint; as a finding they are meant to be seen, also on small films.
    for index in devices.layer.pixels.indices { devices.layer.pixels[index] *= 1.8 }
    let strokes = Mask(
      width: frame.size, height: frame.size,
      bits: devices.layer.pixels.map { $0 > 0.015 ? 1 : 0 })
    findings[.device] = strokes.dilated(radius: max(0.5, 0.006 * frame.scale))
  }

  mutating func compose() {
    for row in 0..<frame.size {
      for column in 0..<frame.size {
        compose(row: row, column: column)
      }
    }
  }

  private mutating func compose(row: Int, column: Int) {
    let p = frame.place(column: Double(column), row: Double(row))
    let at = row * frame.size + column
    let pixel = 1 / frame.scale
    let wall = anatomy.bodyDepth(p)
    if findings[.cardiomegaly] != nil, anatomy.heartDepth(p) > 0 {
      findings[.cardiomegaly]?.bits[at] = 1
    }
    var value = 0.0
    if wall > 0 {
      let e = min(wall / (anatomy.bodyWidth * 0.9), 1)
      value = anatomy.body * (e * (2 - e)).squareRoot()
      value += centralShadows(p) + min(max(tilt, -0.3), 0.3) * (p.x - anatomy.midline)
      let side: Side = p.x < anatomy.midline ? .right : .left
      for candidate in [side, side == .left ? .right : .left] {
        // Only a shifted mediastinum lets a lung cross the midline.
        if candidate != side && anatomy.shift == 0 { break }
        let depth = anatomy.lungDepth(candidate, p)
        guard depth > -2 * pixel else { continue }
        value += lung(candidate, p, depth, pixel, at)
        break
      }
      let below = abdomen(p)
      value += below
      value += Double(bones.layer.pixels[at]) * (1 - 0.6 * min(1, below / 0.3))
    }
    density.pixels[at] = Float(value) + devices.layer.pixels[at]
  }

  /// Spine, mediastinum, heart, trachea and breasts, as attenuation.
  private func centralShadows(_ p: FilmPoint) -> Double {
    let off = p.x - anatomy.midline
    var value = 0.07 * (1 - smoothStep(0.022, 0.042, abs(off)))
    let half = anatomy.mediastinumHalf(off > 0 ? .left : .right, p.y)
    value += 0.12 * (1 - smoothStep(half - 0.01, half + 0.006, abs(off - anatomy.shift)))
    value += 0.14 * smoothStep(-0.004, 0.05, anatomy.heartDepth(p))
    let trachea = 0.012 + 0.5 * max(0, p.y - 0.33)
    if p.y < 0.37 {
      value -= 0.08 * (1 - smoothStep(0.012, 0.02, abs(abs(off) - (trachea - 0.012))))
    }
    if anatomy.breasts > 0 {
      let (dx, dy) = ((abs(off) - 0.22) / 0.17, (p.y - 0.66) / 0.16)
      value += anatomy.breasts * (1 - smoothStep(0.85, 1.05, (dx * dx + dy * dy).squareRoot()))
    }
    return value
  }

  /// What lies below the domes of the diaphragm.
  private func abdomen(_ p: FilmPoint) -> Double {
    let blend = smoothStep(-0.06, 0.06, p.x - anatomy.midline)
    let base = domeLevel(.right, p.x) * (1 - blend) + domeLevel(.left, p.x) * blend
    var value = 0.30 * smoothStep(-0.002, 0.03, p.y - base)
    if anatomy.stomach {
      let d = anatomy.lateral(.left, p.x)
      let (dx, dy) = ((d - 0.17) / 0.07, (p.y - base - 0.055) / 0.03)
      value -= 0.16 * (1 - smoothStep(0.7, 1, (dx * dx + dy * dy).squareRoot()))
    }
    return value
  }

  private func domeLevel(_ side: Side, _ x: Double) -> Double {
    let lung = anatomy.lung(side)
    let t = (anatomy.lateral(side, x) - lung.domeD) / (lung.outerD - lung.domeD)
    return lung.domeY + lung.sulcus * min(t * t, 1.4) * (t < 0 ? 0.55 : 1)
  }

  /// The change of attenuation that a lung makes, with what fills it.
  private mutating func lung(
    _ side: Side, _ p: FilmPoint, _ depth: Double, _ pixel: Double, _ at: Int
  ) -> Double {
    let air = aerated(side, p, depth, pixel, at)
    guard let shadows else { return air }
    let cover = min(max(depth / pixel + 0.5, 0), 1)
    let d = anatomy.lateral(side, p.x)
    let cloud = shadows.opacity(side, d, p.y)
    let fluid = shadows.fluid(side, d, p.y, pixel: pixel)
    if depth > 0 {
      let isAir = self.air.bits[at] != 0
      if cloud.cover > 0.5, !isAir { findings[.opacity]?.bits[at] = 1 }
      if fluid.cover > 0.5 {
        findings[.effusion]?.bits[at] = 1
        self.air.bits[at] = 0
      }
    }
    let collapsed = self.air.bits[at] != 0
    let filled = air + (collapsed ? 0 : cloud.cover * cloud.density * cover)
    return filled * (1 - fluid.cover) + fluid.cover * fluid.density * cover
  }

  /// The change of attenuation that the aerated lung, its vessels and the air around it make.
  private mutating func aerated(
    _ side: Side, _ p: FilmPoint, _ depth: Double, _ pixel: Double, _ at: Int
  ) -> Double {
    let cover = min(max(depth / pixel + 0.5, 0), 1)
    if depth > 0 {
      if side == .right { rightLung.bits[at] = 1 } else { leftLung.bits[at] = 1 }
    }
    let e = min(depth / 0.10, 1)
    let rise = depth > 0 ? 0.35 + 0.65 * (e * (2 - e)).squareRoot() : 0.35
    var value = (-anatomy.lungGain + (side == .right ? haze.right : haze.left)) * rise * cover
    let d = anatomy.lateral(side, p.x)
    let texture =
      0.016 * anatomy.warp.value(p.x * 70, p.y * 70) + 0.03 * anatomy.warp.value(p.x * 14, p.y * 14)
    var tissue = Double(vessels.layer.pixels[at]) + texture
    if hasFold && side == fold.side { value += fold.value(d: d, y: p.y, pixel: pixel) }
    if hasBulla && side == bulla.side {
      let inside = bulla.coverage(d: d, y: p.y)
      tissue *= 1 - inside
      value -= bulla.lucency * inside
    }
    guard let collapse, collapse.side == side else { return value + tissue * cover }
    let (beyond, gap, angle) = collapse.beyondEdge(d, p.y)
    let visible = gap > 0.6 * pixel
    if depth > 0 && beyond > 0 && visible { air.bits[at] = 1 }
    let outside = visible ? min(max(beyond / pixel + 0.5, 0), 1) : 0
    value += tissue * (1 - outside) * cover
    value += cover * (collapse.collapse * (1 - outside) - collapse.lucency * outside)
    let seen = smoothStep(-0.62, -0.5, collapse.gaps.value(angle * 3, 0.5))
    let sigma = max(0.0016, 0.55 * pixel)
    let line = exp(-beyond * beyond / (2 * sigma * sigma)) * smoothStep(0.002, 0.010, gap)
    return value + cover * collapse.lineAmplitude * seen * line * min(1, 0.0016 / sigma + 0.35)
  }
}
