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
  /// Its voxels, at the resolution of the series.
  package let body: MaskVolume
  /// The first and the last slice that hold any.
  package let slices: ClosedRange<Int>
  /// Over the columns and rows of all its slices.
  package let box: PixelBox
  /// LPS mm, the mean of the voxel centres weighted by their volume.
  package let centroid: Vector3
  package let side: Side?
  package let voxels: Int
  package let volumeMillilitres: Double
  /// Of the volume of the lung on its side; nil without lungs.
  package let lungShare: Double?
  /// The largest within one slice, mm.
  package let diameterMillimetres: Double
  package let peak: Float
  package let mean: Float
}

extension VolumeRegion {
  /// The slice with its largest cross-section.
  package var largestSlice: Int {
    slices.max { (body.count($0), -$0) < (body.count($1), -$1) } ?? slices.lowerBound
  }
}
