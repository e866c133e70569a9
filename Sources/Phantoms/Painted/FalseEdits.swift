import Glibc
import Imaging

/// What films of both classes get in the same way, so that no line, patch or tube tells them
/// apart: skin folds, companion shadows of ribs, edges of clothing, soft patches, chest tubes.
struct FalseEdits {
  private var random: CounterRandom
  private let left: Mask
  private let right: Mask
  private let scale: Double

  init(_ random: CounterRandom, left: Mask, right: Mask) {
    self.random = random
    self.left = left
    self.right = right
    scale = Double(max(left.width, left.height)) / 320
  }

  /// Adds the edits. `tube` is the chance of a chest tube; returns whether there is one.
  mutating func apply(to film: inout Image, amount: Double, tube: Double) -> Bool {
    let hasTube = random.chance(tube)
    let lines = random.uniform()
    let wanted = lines < 0.35 * amount ? 1 : (lines < 0.6 * amount ? 2 : 0)
    var layer = LineLayer(width: film.width, height: film.height)
    for _ in 0..<wanted { line(&layer) }
    if random.chance(0.5 * amount) { patch(&film) }
    if hasTube { chestTube(&layer) }
    for at in film.pixels.indices { film.pixels[at] += layer.image.pixels[at] }
    return hasTube
  }

  private mutating func line(_ layer: inout LineLayer) {
    let style = LineStyle(&random)
    let at = placeInLungs()
    let lean = random.uniform(-0.7, 0.7)
    let bend = random.uniform(-0.12, 0.12)
    switch random.whole(0...2) {
    case 0:
      // The companion shadow of a rib runs with it.
      let curve = Curve(
        centre: at, angle: lean, length: random.uniform(20, 60) * scale, bend: bend)
      layer.draw(curve.points, style: style, scale: scale)
    case 1:
      // A fold of skin: an edge with a shade on one of its sides.
      let curve = Curve(
        centre: at, angle: .pi / 2 + lean, length: random.uniform(60, 160) * scale, bend: bend)
      let shade = random.uniform(3, 7) * scale
      let side = random.chance(0.5) ? shade : -shade
      let strength = style.amplitude * random.uniform(0.3, 0.7)
      let beside = curve.shifted(by: side)
      for (a, b) in zip(beside.dropFirst(2), beside.dropFirst(3).dropLast(2)) {
        layer.stroke(a, b, sigma: shade, amplitude: strength)
      }
      layer.draw(curve.points, style: style, scale: scale)
    default:
      let curve = Curve(
        centre: at, angle: random.uniform(0, .pi), length: random.uniform(80, 240) * scale,
        bend: bend / 4)
      layer.draw(curve.points, style: style, scale: scale)
    }
  }

  /// A soft round patch, darker or brighter.
  private mutating func patch(_ film: inout Image) {
    let at = placeInLungs()
    let strength = random.uniform(-14, 14) / 255
    let (a, b) = (random.uniform(10, 40) * scale, random.uniform(10, 40) * scale)
    let angle = random.uniform(0, .pi)
    let (c, s) = (cos(angle), sin(angle))
    let reach = Int((2.5 * max(a, b)).rounded(.up))
    let (x0, y0) = (Int(at.x), Int(at.y))
    for row in max(0, y0 - reach)...max(0, min(film.height - 1, y0 + reach)) {
      for column in max(0, x0 - reach)...max(0, min(film.width - 1, x0 + reach)) {
        let (x, y) = (Double(column) - at.x, Double(row) - at.y)
        let (u, v) = ((x * c + y * s) / a, (y * c - x * s) / b)
        film.pixels[row * film.width + column] += Float(strength * exp(-(u * u + v * v)))
      }
    }
  }

  /// Two bright rims, the body between them, and a gap of the stripe at the side hole.
  private mutating func chestTube(_ layer: inout LineLayer) {
    let lung = random.chance(0.5) ? left : right
    guard let box = lung.boundingBox else { return }
    let wallIsRight = box.column * 2 + box.width > lung.width
    func place(_ depth: Double, _ height: Double) -> FilmPoint {
      let across = wallIsRight ? 1 - depth : depth
      return FilmPoint(
        x: Double(box.column) + across * Double(box.width),
        y: Double(box.row) + height * Double(box.height))
    }
    let curve = Curve(
      from: place(random.uniform(-0.35, -0.15), random.uniform(0.55, 0.9)),
      over: place(random.uniform(0.2, 0.6), random.uniform(0.45, 0.7)),
      to: place(random.uniform(0.25, 0.6), random.uniform(0.08, 0.35)))
    let half = random.uniform(0.95, 1.55) * scale
    let strength = random.uniform(14, 40) / 255
    let hole = random.whole(22...27)
    for (offset, share, sigma) in [
      (0.0, 0.45, half), (half, 1.0, 0.45 * scale), (-half, 0.6, 0.45 * scale),
    ] {
      let path = offset == 0 ? curve.points : curve.shifted(by: offset)
      for number in 0..<path.count - 1 where !(offset > 0 && number == hole) {
        layer.stroke(
          path[number], path[number + 1], sigma: max(0.45, sigma), amplitude: strength * share)
      }
    }
  }

  private mutating func placeInLungs() -> FilmPoint {
    let lung = random.chance(0.5) ? left : right
    var number = random.whole(0...max(0, lung.count - 1))
    for at in lung.bits.indices where lung.bits[at] != 0 {
      if number == 0 {
        return FilmPoint(x: Double(at % lung.width), y: Double(at / lung.width))
      }
      number -= 1
    }
    return FilmPoint(x: Double(lung.width) / 2, y: Double(lung.height) / 2)
  }
}
