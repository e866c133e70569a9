import Imaging

/// Both lungs of a CT series at its own resolution, airways left out. Sides are the patient's.
package struct LungVolume: Sendable {
  package let left: MaskVolume
  package let right: MaskVolume
  package let quality: LungQuality
  /// Volume of each lung in millilitres.
  package let leftMillilitres: Double
  package let rightMillilitres: Double

  /// Both lungs.
  package var combined: MaskVolume { left.union(right) }
}

extension LungVolume {
  /// Less than this in the largest cross-section of both is no lung: sinuses and bowel have less, mm2.
  static let leastArea = 2000.0
  /// From this length on a series shows enough of the chest to judge volumes, mm.
  static let wholeLength = 100.0

  /// - Parameter filled: voxels that closing and hole filling added.
  init(left: MaskVolume, right: MaskVolume, filled: Int, grid: CTGrid) {
    self.left = left
    self.right = right
    let counts = (left: left.count, right: right.count)
    leftMillilitres = Double(counts.left) * grid.voxelMillilitres
    rightMillilitres = Double(counts.right) * grid.voxelMillilitres
    let total = leftMillilitres + rightMillilitres
    let symmetry =
      Double(min(counts.left, counts.right)) / Double(max(counts.left, counts.right, 1))
    let area =
      Double((0..<grid.slices).map { left.count($0) + right.count($0) }.max() ?? 0)
      * grid.row * grid.column
    let isWhole = Double(grid.slices) * grid.slice >= Self.wholeLength
    var flags: [LungFlag] = []
    let noLung = area < Self.leastArea || (isWhole && total < 100)
    if noLung { flags.append(.noLung) }
    if !noLung && symmetry < 0.05 { flags.append(.oneSideMissing) }
    // The limits are ours: adult lungs hold 2 to 8 litres at the usual breath-hold.
    if total < 1000 { flags.append(.tooSmall) }
    if total > 10_000 { flags.append(.tooLarge) }
    if symmetry < 1 / 3.0 { flags.append(.asymmetric) }
    if Double(filled) > 0.3 * Double(max(counts.left + counts.right, 1)) { flags.append(.ragged) }
    quality = LungQuality(
      flags: flags,
      usable: !flags.contains(.noLung) && !flags.contains(.tooLarge) && !flags.contains(.ragged),
      share: Double(counts.left + counts.right)
        / Double(max(left.columns * left.rows * left.slices, 1)),
      symmetry: symmetry)
  }
}
