import Imaging

/// Tells right from left by patient coordinates, also where the lungs touch.
enum CTSides {
  /// A piece that lies mostly on one side belongs to it; a piece that spans both is cut along the
  /// densest path from front to back near the midline, which is the junction of the pleurae
  /// (dynamic programming as Brown et al., IEEE TMI 1997).
  static func split(
    _ lungs: Mask, grid: CTGrid, midline: Double, slice: () throws -> Image
  ) rethrows -> (left: Mask, right: Mask) {
    var left = Mask(width: lungs.width, height: lungs.height)
    var right = left
    let parts = Components(lungs, connectivity: .faces)
    var cut: [Int]?
    for (label, runs) in parts.runsByLabel.enumerated() {
      let onLeft = runs.reduce(0) { sum, run in
        sum
          + (run.begin..<run.end).reduce(0) {
            $0 + (grid.patientX(column: Int($1), row: Int(run.row)) > midline ? 1 : 0)
          }
      }
      let size = parts.sizes[label]
      let minor = min(onLeft, size - onLeft)
      guard Double(minor) > 0.12 * Double(size), spansColumns(grid) else {
        if onLeft * 2 > size {
          parts.paint(label, into: &left.bits)
        } else {
          parts.paint(label, into: &right.bits)
        }
        continue
      }
      let path = try cut ?? junction(slice(), grid: grid, midline: midline)
      cut = path
      for run in runs {
        let line = Int(run.row) * grid.columns
        for column in Int(run.begin)..<Int(run.end) {
          let isLeft = (column > path[Int(run.row)]) == (grid.xPerColumn > 0)
          if isLeft { left.bits[line + column] = 1 } else { right.bits[line + column] = 1 }
        }
      }
    }
    return (left, right)
  }

  /// Columns run across the patient, so that a cut may be one column a row.
  private static func spansColumns(_ grid: CTGrid) -> Bool {
    abs(grid.xPerColumn) > 0.8 * grid.column
  }

  /// The column of the cut in each row: the path of least air within 45 mm of the midline.
  private static func junction(_ slice: Image, grid: CTGrid, midline: Double) -> [Int] {
    let centre = (midline - grid.xOrigin) / grid.xPerColumn
    let reach = 45 / grid.column
    let low = max(0, Int(centre - reach))
    let high = min(grid.columns - 1, max(low + 1, Int(centre + reach)))
    let width = high - low + 1
    let soft = slice.blurred(sigma: 0.6)
    var cost = [Float](repeating: 0, count: width)
    var from = [Int8](repeating: 0, count: width * grid.rows)
    for row in 0..<grid.rows {
      var next = [Float](repeating: .infinity, count: width)
      for x in 0..<width {
        let column = x + low
        // Air costs, tissue hardly; a slight pull keeps the path straight and central.
        let air = min(max(-soft.pixels[row * grid.columns + column] - 100, 0), 800)
        let pull = 0.2 * Float(abs(Double(column) - centre) / reach)
        for step in -2...2 where x + step >= 0 && x + step < width {
          let value = cost[x + step] + Float(abs(step)) * 0.3
          if value < next[x] {
            next[x] = value
            from[row * width + x] = Int8(step)
          }
        }
        next[x] += 0.02 * air + pull
      }
      cost = next
    }
    var x = cost.indices.min { cost[$0] < cost[$1] } ?? 0
    var path = [Int](repeating: low + x, count: grid.rows)
    for row in stride(from: grid.rows - 1, through: 0, by: -1) {
      path[row] = low + x
      x += Int(from[row * width + x])
    }
    return path
  }
}
