/// Polygons as masks.
extension Mask {
  /// The cells whose centre lies inside an odd number of these outlines: one inside another is a
  /// hole. A centre on an outline counts on the upper and left border, as in scan conversion.
  package init(width: Int, height: Int, filling outlines: [Contour]) {
    self.init(width: width, height: height)
    for row in 0..<height {
      let y = Double(row)
      var crossings: [Double] = []
      for outline in outlines {
        let points = outline.points
        for index in points.indices {
          let (a, b) = (points[index], points[(index + 1) % points.count])
          guard (a.row <= y) != (b.row <= y) else { continue }
          crossings.append(a.column + (y - a.row) / (b.row - a.row) * (b.column - a.column))
        }
      }
      crossings.sort()
      for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
        let first = max(0, crossings[pair].rounded(.up))
        let last = min(Double(width), crossings[pair + 1].rounded(.up))
        guard first < last else { continue }
        for column in Int(first)..<Int(last) { bits[row * width + column] = 1 }
      }
    }
  }

  /// Sets the cells that the edges of an outline pass through (Bresenham 1965), its corners rounded.
  package mutating func drawEdges(of outline: Contour) {
    let corners = outline.points.map { (Self.cell($0.column), Self.cell($0.row)) }
    for index in corners.indices {
      line(from: corners[index], to: corners[(index + 1) % corners.count])
    }
  }

  private static func cell(_ value: Double) -> Int {
    Int(min(max(value.rounded(), -1_000_000), 1_000_000))
  }

  private mutating func line(from start: (Int, Int), to end: (Int, Int)) {
    let (dx, dy) = (abs(end.0 - start.0), -abs(end.1 - start.1))
    let (stepX, stepY) = (start.0 < end.0 ? 1 : -1, start.1 < end.1 ? 1 : -1)
    var (x, y, error) = (start.0, start.1, dx + dy)
    while true {
      if x >= 0, y >= 0, x < width, y < height { bits[y * width + x] = 1 }
      if x == end.0, y == end.1 { return }
      let twice = 2 * error
      if twice >= dy {
        error += dy
        x += stepX
      }
      if twice <= dx {
        error += dx
        y += stepY
      }
    }
  }
}
