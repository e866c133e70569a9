/// What was found while slices became a volume; nothing of it is repaired in silence.
package struct VolumeReport: Sendable {
  /// One frame of one instance.
  package struct FrameReference: Sendable, Hashable {
    package let sopInstanceUID: UID
    /// From 0.
    package let frame: Int

    package init(sopInstanceUID: UID, frame: Int) {
      self.sopInstanceUID = sopInstanceUID
      self.frame = frame
    }
  }

  /// A second slice at the position of one that was kept (the lower instance number).
  package struct Duplicate: Sendable, Hashable {
    package let dropped: FrameReference
    package let kept: FrameReference
    /// False is a conflict: two different pictures of one place.
    package let samePixels: Bool
  }

  /// A distance between neighbours more than 10 % off the median spacing.
  package struct Gap: Sendable, Hashable {
    /// Between this slice of the volume and the next.
    package let afterSlice: Int
    package let distanceMillimetres: Double
  }

  /// Where each slice of the volume came from.
  package var sources: [FrameReference] = []
  /// Median distance between neighbours, mm; 0 for a single slice.
  package var spacingMillimetres = 0.0
  package var duplicates: [Duplicate] = []
  package var gaps: [Gap] = []
  /// Angle between the plane normal and the line of slice positions, degrees; above 0.5 the stack
  /// is sheared by gantry tilt.
  package var tiltDegrees = 0.0
  /// Slices left out because the frame lies in another orientation, grid or frame of reference.
  package var otherStacks: [FrameReference] = []
  /// Voxels set to air because they hold the pixel padding value.
  package var paddedVoxels = 0

  package init() {}

  package var hasGantryTilt: Bool { tiltDegrees > 0.5 }
  package var isEvenlySpaced: Bool { gaps.isEmpty }
}
