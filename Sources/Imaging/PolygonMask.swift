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

  /// A polygon with its border, about as Pillow's `ImageDraw.polygon` fills one (which CheXlocalize
  /// draws its outlines with): corners are cut to whole numbers, and each row is filled from the
  /// rounded place where the outline enters it to the one where it leaves, both included, halves
  /// inwards.
  package init(width: Int, height: Int, scanning outline: Contour) {
    self.init(width: width, height: height)
    let corners = outline.points.map { (Self.cut($0.column), Self.cut($0.row)) }
    for row in 0..<height {
      // Rows through corners count from above and from below.
      for isBelow in [true, false] {
        fill(row: row, Self.crossings(corners, row: Double(row), isBelow))
      }
      for (a, b) in zip(corners, corners.dropFirst() + corners.prefix(1))
      where a.1 == Double(row) && b.1 == a.1 {
        fill(row: row, [min(a.0, b.0), max(a.0, b.0)])
      }
    }
  }

  private static func cut(_ value: Double) -> Double {
    min(max(value, -1_000_000), 1_000_000).rounded(.towardZero)
  }

  private static func crossings(
    _ corners: [(Double, Double)], row: Double, _ isBelow: Bool
  ) -> [Double] {
    var places: [Double] = []
    for (a, b) in zip(corners, corners.dropFirst() + corners.prefix(1)) {
      let crosses = isBelow ? (a.1 <= row) != (b.1 <= row) : (a.1 < row) != (b.1 < row)
      if crosses { places.append(a.0 + (row - a.1) / (b.1 - a.1) * (b.0 - a.0)) }
    }
    return places.sorted()
  }

  private mutating func fill(row: Int, _ places: [Double]) {
    for pair in stride(from: 0, to: places.count - 1, by: 2) {
      let first = max(0, Int((places[pair] + 0.5).rounded(.down)))
      let last = min(width - 1, Int((places[pair + 1] - 0.5).rounded(.up)))
      guard first <= last else { continue }
      for column in first...last { bits[row * width + column] = 1 }
    }
  }
}
