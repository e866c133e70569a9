/// A closed outline: the last point joins the first. Pixel coordinates, zero-based, with pixel
/// centres at whole numbers, so that outlines run along `n + 0.5`.
package struct Contour: Sendable, Equatable {
  package struct Point: Sendable, Hashable {
    package var column: Double
    package var row: Double

    package init(column: Double, row: Double) {
      self.column = column
      self.row = row
    }
  }

  package var points: [Point]

  package init(points: [Point]) { self.points = points }

  /// The outer outline of each 8-connected component, clockwise as seen on the picture, corners
  /// only. Holes are not outlined.
  package static func outlines(of mask: Mask) -> [Contour] {
    let components = Components(mask, connectivity: .all)
    return components.runsByLabel.compactMap { runs in
      guard let first = runs.first else { return nil }
      return trace(mask, fromColumn: Int(first.begin), row: Int(first.row))
    }
  }

  /// Walks the pixel edges with the component on the right hand, turning left where it can, which
  /// keeps diagonal neighbours together.
  private static func trace(_ mask: Mask, fromColumn column: Int, row: Int) -> Contour {
    func isSet(_ x: Int, _ y: Int) -> Bool {
      x >= 0 && y >= 0 && x < mask.width && y < mask.height && mask.bits[y * mask.width + x] != 0
    }
    // Directions: east, south, west, north; a corner (x, y) is the upper left one of pixel (x, y).
    let steps = [(1, 0), (0, 1), (-1, 0), (0, -1)]
    let leftAhead = [(0, -1), (0, 0), (-1, 0), (-1, -1)]
    let rightAhead = [(0, 0), (-1, 0), (-1, -1), (0, -1)]
    var (x, y, heading) = (column, row, 0)
    var points: [Point] = []
    repeat {
      points.append(Point(column: Double(x) - 0.5, row: Double(y) - 0.5))
      let old = heading
      repeat {
        x += steps[heading].0
        y += steps[heading].1
        let (left, right) = (leftAhead[heading], rightAhead[heading])
        if isSet(x + left.0, y + left.1) {
          heading = (heading + 3) % 4
        } else if !isSet(x + right.0, y + right.1) {
          heading = (heading + 1) % 4
        }
      } while heading == old
    } while !(x == column && y == row && heading == 0)
    return Contour(points: points)
  }

  /// Signed area in pixels: positive for clockwise outlines on the picture.
  package var area: Double {
    var sum = 0.0
    for (a, b) in zip(points, points.dropFirst() + points.prefix(1)) {
      sum += a.column * b.row - b.column * a.row
    }
    return sum / 2
  }

  /// The outline with points closer than `tolerance` pixels to the simplified line left out
  /// (Douglas and Peucker 1973); 0.75 turns pixel stairs into slopes.
  package func simplified(tolerance: Double) -> Contour {
    guard points.count > 4, let first = points.first else { return self }
    func squared(_ p: Point) -> Double {
      let (dx, dy) = (p.column - first.column, p.row - first.row)
      return dx * dx + dy * dy
    }
    let far = points.indices.max { squared(points[$0]) < squared(points[$1]) } ?? 0
    let halves = [Array(points[...far]), Array(points[far...]) + [first]]
    let kept = halves.flatMap { Self.reduce($0, tolerance).dropLast() }
    return kept.count >= 3 ? Contour(points: kept) : self
  }

  private static func reduce(_ line: [Point], _ tolerance: Double) -> [Point] {
    guard line.count > 2 else { return line }
    var keep = [Bool](repeating: false, count: line.count)
    keep[0] = true
    keep[line.count - 1] = true
    var open = [(0, line.count - 1)]
    while let (a, b) = open.popLast() {
      guard b > a + 1 else { continue }
      let (dx, dy) = (line[b].column - line[a].column, line[b].row - line[a].row)
      let length = max((dx * dx + dy * dy).squareRoot(), 1e-12)
      var (best, at) = (0.0, a)
      for i in a + 1..<b {
        let cross =
          (line[i].column - line[a].column) * dy - (line[i].row - line[a].row) * dx
        if abs(cross) / length > best { (best, at) = (abs(cross) / length, i) }
      }
      guard best > tolerance else { continue }
      keep[at] = true
      open += [(a, at), (at, b)]
    }
    return line.indices.filter { keep[$0] }.map { line[$0] }
  }
}
