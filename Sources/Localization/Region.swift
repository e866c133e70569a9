import Imaging

/// A connected area of a radiograph where a map exceeds its threshold.
package struct Region: Sendable {
  /// At the resolution of the source picture.
  package let mask: Mask
  package let box: PixelBox
  /// Mean column and row of the pixel centres, zero-based.
  package let centroidColumn: Double
  package let centroidRow: Double
  /// Side of the patient; nil when unknown (no lungs told apart and no assumption allowed).
  package let side: Side?
  package let areaPixels: Int
  /// nil when the picture carries no pixel spacing.
  package let areaSquareMillimetres: Double?
  /// Share of the lung of that side (of both lungs when the side is unknown); nil without a mask.
  package let lungShare: Double?
  /// Largest and mean value of the map inside the region.
  package let peak: Float
  package let mean: Float
}

/// A connected body of a CT series where the maps of its slices exceed their threshold.
package struct VolumeRegion: Sendable {
  /// At the resolution of the volume; only slices `slices` hold voxels.
  package let slices: ClosedRange<Int>
  /// One mask a slice of `slices`, in order.
  package let masks: [Mask]
  /// Over the columns and rows of all its slices.
  package let box: PixelBox
  /// LPS mm, the mean of the voxel centres weighted by their volume.
  package let centroid: Vector3
  package let side: Side?
  package let voxels: Int
  package let volumeMillilitres: Double
  package let peak: Float
  package let mean: Float
}
