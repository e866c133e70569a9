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
  /// - Parameters:
  ///   - filled: voxels that closing and hole filling added.
  ///   - voxelMillilitres: volume of one voxel.
  init(left: MaskVolume, right: MaskVolume, filled: Int, voxelMillilitres: Double) {
    self.left = left
    self.right = right
    let counts = (left: left.count, right: right.count)
    leftMillilitres = Double(counts.left) * voxelMillilitres
    rightMillilitres = Double(counts.right) * voxelMillilitres
    let total = leftMillilitres + rightMillilitres
    let symmetry =
      Double(min(counts.left, counts.right)) / Double(max(counts.left, counts.right, 1))
    var flags: [LungFlag] = []
    if total < 100 { flags.append(.noLung) }
    if total >= 100 && symmetry < 0.05 { flags.append(.oneSideMissing) }
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
