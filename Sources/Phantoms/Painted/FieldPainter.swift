import Glibc
import Imaging

/// Paints one lung field: with the lung drawn away from the wall and air between, or, for a
/// control, with changes of the same strength and nowhere air.
struct FieldPainter: Sendable {
  private let place: PaintingPlace
  private let draw: PaintingDraw
  private let picture: Image
  private let layers: FilmLayers
  private var field: LungField { place.field }

  init(_ film: Image, _ place: PaintingPlace, _ draw: PaintingDraw) {
    self.place = place
    self.draw = draw
    picture = place.field.cut(film)
    layers = FilmLayers(picture, lung: place.field.mask, scale: place.field.scale)
  }

  /// How far from the wall changes are full, in pixels.
  private var rim: Float { Float(1.5 * field.scale) }

  /// On films where the lung hardly stands out, air does not either.
  private var darkening: Float {
    draw.darkening * min(max(layers.contrast / 0.2, 0.3), 1)
  }

  /// The field with the collapsed lung.
  func collapsed() -> Image {
    var random = draw.grain
    let grain = grain(&random)
    let (sigma, amplitude) = draw.line.onFilm(scale: field.scale)
    let (fading, shown) = (Float(0.5 * field.scale), Float(2 * field.scale))
    let lung = place.lung
    var result = picture
    for at in result.pixels.indices where field.mask.bits[at] != 0 && lung.moved[at] > 0 {
      let displaced = step(fading * 0.6, fading * 2.4, lung.moved[at])
      let distance = lung.edge.pixels[at]
      let air = min(max(0.5 - distance, 0), 1) * displaced
      let share = place.polar.share(place.shares, at)
      let tissue = detail(lung.sourceColumn[at], lung.sourceRow[at], share, displaced)
      let inLung = tissue + draw.densening * displaced * step(-2, 4, distance)
      let inAir =
        draw.keptDetail * layers.detail.pixels[at] + grain.pixels[at]
        - darkening * step(0, 2.5 * rim, field.depth.pixels[at])
      var value = layers.base.pixels[at] + layers.fixed.pixels[at]
      value += (1 - air) * inLung + air * inAir
      let off = Double(distance)
      if abs(off) < 4 * sigma {
        let seen = draw.line.visibility(place.polar.angle(at)) * amplitude
        let profile = exp(-off * off / (2 * sigma * sigma))
        value += Float(seen * profile) * step(fading, shown, lung.moved[at])
      }
      let weight = step(0, rim, field.depth.pixels[at])
      result.pixels[at] += weight * (value - result.pixels[at])
    }
    return result
  }

  /// Detail of the expanded lung at a place, softened where the lung is much drawn together; what
  /// lies at the lung's border belongs to the wall and is not carried along.
  private func detail(_ column: Float, _ row: Float, _ share: Float, _ displaced: Float) -> Float {
    let sharp = layers.detail.cubic(column: column, row: row)
    let softness = step(0.2, 0.5, share)
    let value =
      softness == 0
      ? sharp : sharp + softness * (layers.softDetail.cubic(column: column, row: row) - sharp)
    let own = step(0, rim * 1.6, field.depth.sample(column: column, row: row))
    return value * (1 + displaced * (own - 1))
  }

  /// Noise as the film has it: the air holds no tissue, but the detector's noise is there.
  private func grain(_ random: inout CounterRandom) -> Image {
    var image = Image(width: picture.width, height: picture.height)
    let strength = 0.9 * layers.grain
    for at in image.pixels.indices { image.pixels[at] = random.fastNormal() }
    image = image.blurred(sigma: 0.45)
    // The blur takes about this much of the deviation away.
    for at in image.pixels.indices { image.pixels[at] *= strength * 1.35 }
    return image
  }

  /// The field without air: tissue moved about as much, but held at the border, and denser; in some
  /// controls a soft patch as dark as the air where the air would be, and there a line that is none
  /// of the pleura's. Were they in all, darkness and line would say nothing, as on no real film.
  func control() -> Image {
    var random = draw.grain
    let empty = Image(width: picture.width, height: picture.height)
    let patch = draw.mimics ? softPatch(place.lung.gap) : empty
    let line = draw.mimics ? strayLine(&random) : empty
    var result = picture
    let (hx, hy) = (Float(field.hilum.x), Float(field.hilum.y))
    for at in result.pixels.indices where field.mask.bits[at] != 0 {
      let share = place.polar.share(place.shares, at)
      let depth = field.depth.pixels[at]
      var value = picture.pixels[at]
      if share > 0 {
        let along = place.polar.radius(at) / max(reach(at), 1)
        let own = min(share, 0.18) * max(0, 4 * along * (1 - along)) * step(0, 3 * rim, depth)
        let grow = 1 / (1 - own)
        let moved = layers.detail.cubic(
          column: hx + place.polar.dx[at] * grow, row: hy + place.polar.dy[at] * grow)
        value += moved - layers.detail.pixels[at]
        value += draw.densening * step(0, 0.05, share) * (1 - patch.pixels[at])
      }
      value += line.pixels[at] - darkening * patch.pixels[at]
      result.pixels[at] += step(0, rim, depth) * (value - result.pixels[at])
    }
    return result
  }

  private func reach(_ at: Int) -> Float {
    let angle = (place.polar.angle(at) / .pi + 1) / 2 * Double(LungField.directions)
    return Float(field.reach[min(Int(angle), LungField.directions - 1)])
  }

  /// The air's place without its edge, 1 at most.
  private func softPatch(_ gap: Mask) -> Image {
    var soft = gap.image.softlyBlurred(sigma: 4 * field.scale)
    let top = max(soft.pixels.max() ?? 0, 1e-6)
    for at in soft.pixels.indices { soft.pixels[at] /= top }
    return soft
  }

  /// A line of the pleural line's make across the place of the air, ending near it.
  private func strayLine(_ random: inout CounterRandom) -> Image {
    var layer = LineLayer(width: picture.width, height: picture.height)
    let cells = place.lung.gap.bits.indices.filter { place.lung.gap.bits[$0] != 0 }
    guard !cells.isEmpty else { return layer.image }
    let at = cells[random.whole(0...cells.count - 1)]
    let centre = FilmPoint(x: Double(at % picture.width), y: Double(at / picture.width))
    // The rim runs about across the line of sight from the hilum: cross it.
    let angle = place.polar.angle(at) + random.uniform(-0.7, 0.7)
    let curve = Curve(
      centre: centre, angle: angle, length: random.uniform(20, 60) * field.scale,
      bend: random.uniform(-0.15, 0.15))
    layer.draw(curve.points, style: draw.line, scale: field.scale)
    let near = place.lung.gap.dilated(radius: 3 * field.scale).image.blurred(
      sigma: 1.5 * field.scale)
    for index in layer.image.pixels.indices { layer.image.pixels[index] *= near.pixels[index] }
    return layer.image
  }
}

/// `smoothStep` in single precision, for pixel loops.
@inline(__always)
func step(_ low: Float, _ high: Float, _ value: Float) -> Float {
  let t = min(max((value - low) / (high - low), 0), 1)
  return t * t * (3 - 2 * t)
}
