import Imaging

/// Connected sets of voxels, 8-connected within a slice, 26-connected across slices.
enum ConnectedBodies {
  /// Linear indices `(slice * rows + row) * columns + column` of each body, ascending.
  static func indices(_ bits: MaskVolume) -> [[Int]] {
    Components(bits, connectivity: .all).runsByLabel.map { runs in
      runs.flatMap { run in
        let start = (Int(run.slice) * bits.rows + Int(run.row)) * bits.columns
        return (start + Int(run.begin))..<(start + Int(run.end))
      }
    }
  }
}
