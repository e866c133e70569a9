/// A stack of equally sized slices: `voxels[(slice * rows + row) * columns + column]`.
///
/// Slices are ordered by position along the plane normal; `planes[slice]` is where each one lies.
/// The unit is that of the producer: Hounsfield units for CT.
package struct Volume: Sendable {
  package let columns: Int
  package let rows: Int
  package let planes: [PlaneGeometry]
  package var voxels: [Float]

  package init(columns: Int, rows: Int, planes: [PlaneGeometry], voxels: [Float]) {
    precondition(voxels.count == columns * rows * planes.count)
    self.columns = columns
    self.rows = rows
    self.planes = planes
    self.voxels = voxels
  }

  package func slice(_ index: Int) -> Image {
    let size = columns * rows
    return Image(
      width: columns, height: rows, pixels: Array(voxels[index * size..<(index + 1) * size]))
  }
}
