import Imaging

/// Lungs in chest CT by Hounsfield units and geometry alone, without training: air inside the
/// body, airways followed down and taken out, sides told apart by patient coordinates, then holes
/// and vessels closed.
///
/// Air denser than -400 HU (consolidation against the pleura, effusion) is lost beyond what the
/// closing of 8 mm brings back. Memory beside the volume: four bytes a voxel at most.
package enum CTLungs {
  /// Highest HU that counts as air.
  static let airLimit: Float = -400
  /// Radius of the closing that brings back vessels and small lesions at the border, mm.
  static let closingMillimetres = 8.0

  /// `volume` holds axial slices in HU, ordered along their normal. Never fails on a poor series:
  /// look at `quality`.
  package static func segment(_ volume: Volume) -> LungVolume {
    let grid = CTGrid(volume)
    var inner = CTBodyAir.find(in: volume, grid: grid)
    CTAirways.remove(from: &inner.air, grid: grid, midline: inner.midline)
    let raw = keepLungs(inner.air, volume)
    var left = MaskVolume(columns: volume.columns, rows: volume.rows, slices: volume.slices)
    var right = left
    var filled = 0
    let area = volume.columns * volume.rows
    let gaps = CTGaps(grid: grid)
    for slice in 0..<volume.slices {
      let lungs = raw.slice(slice)
      guard !lungs.isEmpty else { continue }
      let sides = CTSides.split(
        lungs, of: volume.slice(slice), grid: grid, midline: inner.midline)
      let closed = gaps.close(
        left: sides.left, right: sides.right, body: inner.body.slice(slice),
        airways: inner.air.slice(slice).inverted.intersection(inner.allAir.slice(slice)))
      filled += closed.left.count + closed.right.count - lungs.count
      left.bits.replaceSubrange(slice * area..<(slice + 1) * area, with: closed.left.bits)
      right.bits.replaceSubrange(slice * area..<(slice + 1) * area, with: closed.right.bits)
    }
    return LungVolume(
      left: left, right: right, filled: filled, voxelMillilitres: grid.voxelMillilitres)
  }

  /// Air spaces of at least a fiftieth of the largest that have the density of lung; gas in the
  /// bowel is emptier. A large space may be emphysema, so it must be emptier still to be left out.
  private static func keepLungs(_ air: MaskVolume, _ volume: Volume) -> MaskVolume {
    let parts = Components(air, connectivity: .faces)
    var result = MaskVolume(columns: air.columns, rows: air.rows, slices: air.slices)
    guard let largest = parts.largest(1).first else { return result }
    let byLabel = parts.runsByLabel
    var kept: Set<Int> = []
    for label in parts.largest(40) where parts.sizes[label] * 50 >= parts.sizes[largest] {
      let isSmall = parts.sizes[label] * 6 < parts.sizes[largest]
      let empty = emptyShare(byLabel[label], volume, below: isSmall ? -930 : -970)
      if empty < (isSmall ? 0.4 : 0.6) { kept.insert(label) }
    }
    parts.paint(kept, into: &result.bits)
    return result
  }

  private static func emptyShare(
    _ runs: [Components.Run], _ volume: Volume, below limit: Float
  ) -> Double {
    var (empty, all) = (0, 0)
    for run in runs {
      let line = (Int(run.slice) * volume.rows + Int(run.row)) * volume.columns
      for at in line + Int(run.begin)..<line + Int(run.end) {
        all += 1
        if volume.voxels[at] < limit { empty += 1 }
      }
    }
    return Double(empty) / Double(max(all, 1))
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

  init(_ volume: Volume) {
    columns = volume.columns
    rows = volume.rows
    slices = volume.slices
    let first = volume.planes.first
    column = first?.spacing.column ?? 1
    row = first?.spacing.row ?? 1
    xPerColumn = (first?.rowDirection.x ?? 1) * column
    xPerRow = (first?.columnDirection.x ?? 0) * row
    xOrigin = first?.position.x ?? 0
    if let first, let last = volume.planes.last, volume.planes.count > 1 {
      let along = (last.position - first.position).dot(first.normal)
      slice = abs(along) / Double(volume.planes.count - 1)
      risesToHead = last.position.z >= first.position.z
    } else {
      slice = 1
      risesToHead = true
    }
  }

  var pixel: Double { (row * column).squareRoot() }
  var voxelMillilitres: Double { row * column * max(slice, 0.01) / 1000 }

  func patientX(column: Int, row: Int) -> Double {
    xOrigin + Double(column) * xPerColumn + Double(row) * xPerRow
  }
}
