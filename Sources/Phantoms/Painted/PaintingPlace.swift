import Imaging

/// Where on a film the pneumothorax lies, or would lie in a control.
struct PaintingPlace: Sendable {
  let field: LungField
  let polar: PolarGrid
  let shares: [Float]
  let lung: CollapsedLung
  /// Greatest depth of the air in pixels.
  let depth: Double
  let sizeShare: Double

  /// Throws `PaintingError` for a film or masks that cannot be used.
  init(
    film: Image, leftLung: Mask, rightLung: Mask, draw: PaintingDraw, options: PaintingOptions
  ) throws {
    let wallIsRight = try Self.check(film, leftLung, rightLung, side: draw.side)
    let field = try LungField(
      draw.side == .left ? leftLung : rightLung, wallIsRight: wallIsRight)
    let polar = PolarGrid(field)
    var random = draw.geometry
    let collapse = Collapse(&random, pattern: draw.pattern, field: field)
    let least = max(12 * field.scale * field.scale, 8)
    let range = options.sizeShare
    func made(_ depth: Double) -> (shares: [Float], lung: CollapsedLung, share: Double) {
      let shares = collapse.shares(depth: depth, field: field)
      let lung = CollapsedLung(field, polar, shares: shares)
      return (shares, lung, Double(lung.gap.count) / Double(field.area))
    }
    let low = max(range.lowerBound, least / Double(field.area))
    var depth = draw.depth * field.scale
    var best = made(depth)
    if best.share < low || best.share > range.upperBound {
      // Shares grow with the depth: halve the bracket until the nearer end is met.
      let wanted = best.share < low ? low * 1.02 : range.upperBound * 0.98
      var bracket = best.share < low ? (depth, 90 * field.scale) : (0, depth)
      for _ in 0..<14 {
        depth = (bracket.0 + bracket.1) / 2
        best = made(depth)
        if best.share >= low && best.share <= range.upperBound { break }
        if best.share < wanted { bracket.0 = depth } else { bracket.1 = depth }
      }
    }
    guard best.share >= low, best.share <= range.upperBound else { throw PaintingError(.noRoom) }
    self.field = field
    self.polar = polar
    (shares, lung, sizeShare) = best
    self.depth = depth
  }

  /// Whether the wall of the side lies to the right on the film: away from the other lung.
  private static func check(
    _ film: Image, _ left: Mask, _ right: Mask, side: Side
  ) throws -> Bool {
    guard film.width == left.width, film.height == left.height, film.width == right.width,
      film.height == right.height
    else { throw PaintingError(.sizeMismatch) }
    guard min(film.width, film.height) >= 64, film.pixels.allSatisfy(\.isFinite) else {
      throw PaintingError(.film)
    }
    let (a, b) = (left.count, right.count)
    guard Double(min(a, b)) > 0.015 * Double(film.pixels.count), max(a, b) < 4 * min(a, b) else {
      throw PaintingError(.lungArea)
    }
    let apart = centre(right).distance(centre(left))
    guard left.intersection(right).count * 20 < min(a, b),
      abs(apart.columns) > 0.12 * Double(film.width),
      abs(apart.rows) < 0.25 * Double(film.height)
    else { throw PaintingError(.lungSides) }
    let leftIsRight = apart.columns > 0
    return side == .left ? leftIsRight : !leftIsRight
  }

  private static func centre(_ mask: Mask) -> Centre {
    var (columns, rows, count) = (0, 0, 0)
    for y in 0..<mask.height {
      for x in 0..<mask.width where mask.bits[y * mask.width + x] != 0 {
        columns += x
        rows += y
        count += 1
      }
    }
    return Centre(
      column: Double(columns) / Double(max(1, count)), row: Double(rows) / Double(max(1, count)))
  }

  private struct Centre {
    let column: Double
    let row: Double

    func distance(_ other: Centre) -> (columns: Double, rows: Double) {
      (other.column - column, other.row - row)
    }
  }
}
