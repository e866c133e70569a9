import Imaging

/// Connected sets of pixels, 8-connected.
enum ConnectedBodies {
  /// Linear indices `row * width + column` of each body, ascending.
  static func indices(_ mask: Mask) -> [[Int]] {
    Components(mask, connectivity: .all).runsByLabel.map { runs in
      runs.flatMap { run in
        let start = Int(run.row) * mask.width
        return (start + Int(run.begin))..<(start + Int(run.end))
      }
    }
  }
}
