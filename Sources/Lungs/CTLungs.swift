import Imaging

/// Lungs in chest CT by Hounsfield units and geometry alone, without training: air inside the
/// body, airways followed down and taken out, sides told apart by patient coordinates, then holes
/// and vessels closed.
///
/// Air denser than -400 HU (consolidation against the pleura, effusion) is lost beyond what the
/// closing of 8 mm brings back. Memory: a few slices, and the masks as runs.
package enum CTLungs {
  /// Highest HU that counts as air.
  static let airLimit: Float = -400
  /// Radius of the closing that brings back vessels and small lesions at the border, mm.
  static let closingMillimetres = 8.0

  /// `volume` holds axial slices in HU, ordered along their normal; each is read once, and once more
  /// where the lungs touch. Never fails on a poor series: look at `quality`. Throws what reading a
  /// slice throws.
  /// - Parameter thickness: of a single slice, mm.
  package static func segment(
    _ volume: some SliceStack, thickness: Double = 1
  ) throws -> LungVolume {
    let grid = CTGrid(volume.columns, volume.rows, volume.planes, thickness: thickness)
    var inner = try CTBodyAir.find(in: volume, grid: grid)
    CTAirways.remove(from: &inner.air, grid: grid, midline: inner.midline)
    let raw = keepLungs(inner)
    var left = MaskVolume(columns: volume.columns, rows: volume.rows, slices: volume.slices)
    var right = left
    var filled = 0
    let gaps = CTGaps(grid: grid)
    for slice in 0..<volume.slices where !raw.isEmpty(slice) {
      let lungs = raw[slice]
      let sides = try CTSides.split(
        lungs, grid: grid, midline: inner.midline, slice: { try volume.slice(slice) })
      let closed = gaps.close(
        left: sides.left, right: sides.right, body: inner.body[slice],
        airways: inner.air[slice].inverted.intersection(inner.allAir[slice]))
      filled += closed.left.count + closed.right.count - lungs.count
      left[slice] = closed.left
      right[slice] = closed.right
    }
    return LungVolume(
      left: left, right: right, filled: filled, grid: grid)
  }

  /// Air spaces of at least a fiftieth of the largest that have the density of lung; gas in the
  /// bowel is emptier. A large space may be emphysema, so it must be emptier still to be left out.
  private static func keepLungs(_ inner: CTBodyAir) -> MaskVolume {
    let parts = Components(inner.air, connectivity: .faces)
    guard let largest = parts.largest(1).first else {
      return MaskVolume(columns: parts.columns, rows: parts.rows, slices: parts.slices)
    }
    let byLabel = parts.runsByLabel
    var kept: Set<Int> = []
    for label in parts.largest(40) where parts.sizes[label] * 50 >= parts.sizes[largest] {
      let isSmall = parts.sizes[label] * 6 < parts.sizes[largest]
      let empty = share(of: byLabel[label], in: inner.empty[isSmall ? 0 : 1])
      if empty < (isSmall ? 0.4 : 0.6) { kept.insert(label) }
    }
    return parts.stack(of: kept)
  }

  private static func share(of runs: [Components.Run], in empty: MaskVolume) -> Double {
    var (found, all) = (0, 0)
    var plane: (slice: Int, mask: Mask)?
    for run in runs {
      if plane?.slice != Int(run.slice) { plane = (Int(run.slice), empty[Int(run.slice)]) }
      let line = Int(run.row) * empty.columns
      for at in line + Int(run.begin)..<line + Int(run.end) {
        found += Int(plane?.mask.bits[at] ?? 0)
      }
      all += Int(run.end - run.begin)
    }
    return Double(found) / Double(max(all, 1))
  }
}

/// Sizes and directions of a stack that the steps need.
struct CTGrid: Sendable {
  let columns: Int
  let rows: Int
  let slices: Int
  /// Millimetres between columns, rows and slices.
  let column: Double
  let row: Double
  let slice: Double
  /// The change of patient x (to the left, mm) with one column and one row.
  let xPerColumn: Double
  let xPerRow: Double
  /// Patient x of the first pixel of the first slice.
  let xOrigin: Double
  /// True when the slice index rises towards the head.
  let risesToHead: Bool

  /// - Parameter thickness: of a single slice, mm.
  init(_ columns: Int, _ rows: Int, _ planes: [PlaneGeometry], thickness: Double) {
    self.columns = columns
    self.rows = rows
    slices = planes.count
    let first = planes.first
    column = first?.spacing.column ?? 1
    row = first?.spacing.row ?? 1
    xPerColumn = (first?.rowDirection.x ?? 1) * column
    xPerRow = (first?.columnDirection.x ?? 0) * row
    xOrigin = first?.position.x ?? 0
    if let first, let last = planes.last, planes.count > 1 {
      let along = (last.position - first.position).dot(first.normal)
      slice = abs(along) / Double(planes.count - 1)
      risesToHead = last.position.z >= first.position.z
    } else {
      slice = thickness
      risesToHead = true
    }
  }

  var pixel: Double { (row * column).squareRoot() }
  var voxelMillilitres: Double { row * column * max(slice, 0.01) / 1000 }

  func patientX(column: Int, row: Int) -> Double {
    xOrigin + Double(column) * xPerColumn + Double(row) * xPerRow
  }
}
