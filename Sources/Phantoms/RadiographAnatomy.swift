import Glibc
import Imaging

/// The body of one synthetic patient as a frontal film shows it, in anatomy coordinates.
///
/// The patient's right side lies on the picture's left. `d` is the distance from the midline,
/// positive into the named side.
struct RadiographAnatomy: Sendable {
  struct Lung: Sendable {
    let side: Side
    let apexY: Double
    let apexD: Double
    let widestY: Double
    let outerD: Double
    let innerD: Double
    let domeY: Double
    let domeD: Double
    let sulcus: Double
    let hilum: FilmPoint  // x is d here

    /// Distance inside the lung outline at (d, y), before the heart is cut out; negative outside.
    func depth(_ d: Double, _ y: Double) -> Double {
      let u = min(max((widestY - y) / (widestY - apexY), 0), 1)
      let outer = apexD + (outerD - apexD) * pow(1 - pow(u, 2.4), 0.6)
      let inner = apexD - (apexD - innerD) * (1 - u * u * u).squareRoot()
      let t = (d - domeD) / (outerD - domeD)
      let base = domeY + sulcus * t * t * (t < 0 ? 0.55 : 1)
      let apex = y - apexY
      return min(min(outer - d, d - inner), min(base - y, apex))
    }
  }

  let midline: Double
  let body: Double
  let bodyWidth: Double
  let lungGain: Double
  let lungs: [Lung]
  let heartX: Double
  let heartY: Double
  var heartA: Double
  var heartB: Double
  let heartTilt: Double
  let mediastinum: Double
  let shift: Double
  let breasts: Double
  let stomach: Bool
  let warp: SmoothNoise

  init(_ random: inout CounterRandom, shift: Double) {
    midline = 0.5
    body = random.uniform(0.58, 0.72)
    bodyWidth = random.uniform(0.44, 0.52)
    lungGain = random.uniform(0.28, 0.40)
    let dome = random.uniform(0.72, 0.80)
    let apex = random.uniform(0.115, 0.155)
    let outer = random.uniform(0.335, 0.385)
    lungs = [Side.right, .left].map { side in
      let isLeft = side == .left
      return Lung(
        side: side, apexY: apex + random.uniform(-0.006, 0.006),
        apexD: random.uniform(0.115, 0.14), widestY: random.uniform(0.56, 0.66),
        outerD: outer + random.uniform(-0.008, 0.008), innerD: random.uniform(0.04, 0.055),
        domeY: dome + (isLeft ? random.uniform(0.010, 0.030) : 0),
        domeD: random.uniform(0.16, 0.19), sulcus: random.uniform(0.06, 0.10),
        hilum: FilmPoint(x: random.uniform(0.075, 0.09), y: random.uniform(0.41, 0.46)))
    }
    heartX = random.uniform(0.035, 0.06) + shift
    heartY = random.uniform(0.65, 0.69)
    heartA = random.uniform(0.14, 0.185)
    heartB = random.uniform(0.115, 0.14)
    heartTilt = random.uniform(0.35, 0.7)
    mediastinum = random.uniform(0.045, 0.058)
    self.shift = shift
    breasts = random.chance(0.45) ? random.uniform(0.03, 0.07) : 0
    stomach = random.chance(0.5)
    warp = SmoothNoise(key: random.next())
  }

  func lung(_ side: Side) -> Lung { side == .right ? lungs[0] : lungs[1] }

  /// Distance from the midline towards a side.
  func lateral(_ side: Side, _ x: Double) -> Double {
    side == .right ? midline - x : x - midline
  }

  func point(_ side: Side, _ d: Double, _ y: Double) -> FilmPoint {
    FilmPoint(x: side == .right ? midline - d : midline + d, y: y)
  }

  /// Distance inside the heart silhouette, about right near its border.
  func heartDepth(_ p: FilmPoint) -> Double {
    let (dx, dy) = (p.x - midline - heartX, p.y - heartY)
    let (c, s) = (cos(heartTilt), sin(heartTilt))
    let (u, v) = ((dx * c + dy * s) / heartA, (dy * c - dx * s) / heartB)
    return (1 - (u * u + v * v).squareRoot()) * (heartA + heartB) / 2
  }

  /// Distance inside one lung (heart, great vessels and mediastinum cut out); negative outside.
  func lungDepth(_ side: Side, _ p: FilmPoint) -> Double {
    let wobbleX = 0.007 * warp.value(p.x * 7, p.y * 7)
    let wobbleY = 0.007 * warp.value(p.x * 7 + 40, p.y * 7)
    let d = lateral(side, p.x + wobbleX)
    let plain = lung(side).depth(d, p.y + wobbleY)
    let sideways = side == .left ? d - shift : d + shift
    return min(plain, -heartDepth(p), sideways - mediastinumHalf(side, p.y))
  }

  /// Half width of the central shadow at a height, with the aortic knob on the patient's left.
  func mediastinumHalf(_ side: Side, _ y: Double) -> Double {
    let knob = side == .left ? 0.030 * exp(-pow((y - 0.31) / 0.032, 2)) : 0
    return mediastinum * (0.8 + 0.35 * smoothStep(0.2, 0.6, y)) + knob
  }

  /// Distance inside the outline of the body.
  func bodyDepth(_ p: FilmPoint) -> Double {
    let shoulder = smoothStep(0.0, 0.17, p.y)
    let half = 0.10 + (bodyWidth - 0.10) * shoulder - 0.02 * smoothStep(0.3, 0.6, p.y)
    return half - abs(p.x - midline)
  }
}
