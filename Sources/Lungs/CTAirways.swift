import Imaging

/// Follows the trachea from the top slice down, plane by plane, until it runs into a lung.
enum CTAirways {
  /// Largest cross-section of trachea or carina, mm2.
  private static let largest = 1100.0
  private static let smallest = 25.0

  static func remove(from air: inout MaskVolume, grid: CTGrid, midline: Double) {
    let order = grid.risesToHead ? Array((0..<grid.slices).reversed()) : Array(0..<grid.slices)
    var followed: Mask?
    for slice in order {
      let plane = air.slice(slice)
      let parts = Components(plane, connectivity: .faces)
      let taken = choose(parts, after: followed, grid: grid, midline: midline)
      guard !taken.isEmpty else { continue }
      var airway = Mask(width: grid.columns, height: grid.rows)
      parts.paint(taken, into: &airway.bits)
      followed = airway
      air[slice] = plane.subtracting(airway)
    }
  }

  private static func choose(
    _ parts: Components, after previous: Mask?, grid: CTGrid, midline: Double
  ) -> Set<Int> {
    let unit = grid.row * grid.column
    let reach = previous?.dilated(radius: max(2, min(grid.slice, 6) / grid.pixel))
    var taken: Set<Int> = []
    for (label, runs) in parts.runsByLabel.enumerated() {
      let size = Double(parts.sizes[label]) * unit
      guard size < largest else { continue }
      if let reach {
        let shared = runs.reduce(0) { sum, run in
          let line = Int(run.row) * grid.columns
          return sum
            + (line + Int(run.begin)..<line + Int(run.end)).reduce(0) { $0 + Int(reach.bits[$1]) }
        }
        // Below the carina the bronchi leave the midline: what overlaps goes with them.
        if shared * 3 > parts.sizes[label] { taken.insert(label) }
      } else if size > smallest && size < 0.6 * largest {
        if isTrachea(runs, size: parts.sizes[label], grid: grid, midline: midline) {
          taken.insert(label)
        }
      }
    }
    return taken
  }

  /// Near the midline and compact.
  private static func isTrachea(
    _ runs: [Components.Run], size: Int, grid: CTGrid, midline: Double
  ) -> Bool {
    var x = 0.0
    var (left, right) = (Int32.max, Int32.min)
    for run in runs {
      let centre = (Int(run.begin) + Int(run.end) - 1) / 2
      x += grid.patientX(column: centre, row: Int(run.row)) * Double(run.end - run.begin)
      left = min(left, run.begin)
      right = max(right, run.end)
    }
    let height = Int(runs.last?.row ?? 0) - Int(runs.first?.row ?? 0) + 1
    let box = Double(height) * Double(right - left)
    return abs(x / Double(size) - midline) < 28 && Double(size) > 0.45 * box
  }
}
