/// A stack of equally sized slices: `voxels[(slice * rows + row) * columns + column]`.
///
/// Slices are ordered by position along the plane normal; `planes[slice]` is where each one lies.
/// The unit is that of the producer: Hounsfield units for CT.
package struct Volume: Sendable {
  package let columns: Int
  package let rows: Int
  package let planes: [PlaneGeometry]
  package var voxels: [Float]

  package var slices: Int { planes.count }

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

/// A binary stack in the layout of `Volume`: 0 or 1 a voxel.
package struct MaskVolume: Sendable, Equatable {
  package let columns: Int
  package let rows: Int
  package let slices: Int
  package var bits: [UInt8]

  package init(columns: Int, rows: Int, slices: Int, bits: [UInt8]) {
    precondition(bits.count == columns * rows * slices)
    self.columns = columns
    self.rows = rows
    self.slices = slices
    self.bits = bits
  }

  package init(columns: Int, rows: Int, slices: Int) {
    self.init(
      columns: columns, rows: rows, slices: slices,
      bits: Array(repeating: 0, count: columns * rows * slices))
  }

  package func slice(_ index: Int) -> Mask {
    let size = columns * rows
    return Mask(width: columns, height: rows, bits: Array(bits[index * size..<(index + 1) * size]))
  }

  package var count: Int { bits.reduce(into: 0) { $0 += Int($1) } }
}
