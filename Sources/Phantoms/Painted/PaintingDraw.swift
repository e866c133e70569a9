import Glibc
import Imaging

/// What chance decides about one film, the same for a film with a pneumothorax painted in and for
/// its control: it depends on (seed, index) and the options alone. Grey values are shares of the
/// full range, lengths are pixels of a film 320 pixels wide.
struct PaintingDraw: Sendable {
  let side: Side
  let pattern: PaintedPattern
  let depth: Double
  /// Share of vessels and texture that is left in the air.
  let keptDetail: Float
  /// How much darker the air is than the lung it replaces.
  let darkening: Float
  /// How much brighter the lung drawn together is.
  let densening: Float
  let line: LineStyle
  /// Whether the control has a dark patch and a line where the air would be.
  let mimics: Bool
  let geometry: CounterRandom
  let edits: CounterRandom
  let finish: CounterRandom
  let grain: CounterRandom

  init(seed: UInt64, index: Int, options: PaintingOptions) {
    let key = seed ^ 0x9A17_7ED5_11F1_0003
    var plan = CounterRandom(seed: key, stream: .plan, index: index)
    let drawn: Side = plan.chance(0.5) ? .right : .left
    side = options.side ?? drawn
    pattern = Self.pattern(plan.uniform(), options)
    depth = plan.logUniform(pattern.depth.lowerBound, pattern.depth.upperBound)
    keptDetail = Float(plan.uniform(0, 0.2))
    darkening = Float(plan.logUniform(8, 48) / 255)
    densening = Float(plan.uniform(0, 12) / 255) * Float(min(1.6, depth / 20))
    line = LineStyle(&plan)
    mimics = plan.chance(options.mimicry)
    geometry = CounterRandom(seed: key, stream: .disease, index: index)
    edits = CounterRandom(seed: key, stream: .confounders, index: index)
    finish = CounterRandom(seed: key, stream: .detector, index: index)
    grain = CounterRandom(seed: key, stream: .texture, index: index)
  }

  private static func pattern(_ at: Double, _ options: PaintingOptions) -> PaintedPattern {
    let weights = PaintedPattern.allCases.map { max(0, options.weight($0)) }
    var left = at * weights.reduce(0, +)
    for (pattern, weight) in zip(PaintedPattern.allCases, weights) {
      if left < weight { return pattern }
      left -= weight
    }
    return .apical
  }
}

/// How a thin line shows on the film.
struct LineStyle: Sendable {
  /// Half width, as the sigma of its profile, in pixels of a film 320 pixels wide.
  let sigma: Double
  /// Share of the full grey range.
  let amplitude: Double
  private let noise: SmoothNoise

  init(_ random: inout CounterRandom) {
    sigma = random.uniform(0.5, 0.9)
    amplitude = random.uniform(4, 28) / 255
    noise = SmoothNoise(key: random.next())
  }

  /// 0...1: the line shows on about 85 % of its length. `place` runs along the line, in units of
  /// about a seventh of a lung's outline.
  func visibility(_ place: Double) -> Double {
    smoothStep(-0.45, -0.29, noise.value(place * 2.3, 0.5))
      * (0.8 + 0.35 * noise.value(place * 1.1, 7.5))
  }

  /// Sigma in pixels and the amplitude there. Larger films are sharper: the line's width in pixels
  /// grows with the root of their size. One thinner than a pixel grows fainter instead.
  func onFilm(scale: Double) -> (sigma: Double, amplitude: Double) {
    let wanted = sigma * (scale > 1 ? scale.squareRoot() : scale)
    let width = max(0.45, wanted)
    return (width, amplitude * min(1, wanted / width))
  }
}
