/// A binary stack of equally sized slices, each kept as runs: memory grows with the outline, not with
/// the number of voxels.
package struct MaskVolume: Sendable, Equatable {
  package let columns: Int
  package let rows: Int
  /// nil for slices without a set voxel.
  private var planes: [PackedMask?]

  package init(columns: Int, rows: Int, slices: Int) {
    self.columns = columns
    self.rows = rows
    planes = [PackedMask?](repeating: nil, count: slices)
  }

  /// From one byte a voxel, in the layout of `Volume`.
  package init(columns: Int, rows: Int, slices: Int, bits: [UInt8]) {
    precondition(bits.count == columns * rows * slices)
    self.init(columns: columns, rows: rows, slices: slices)
    let size = columns * rows
    for index in 0..<slices {
      self[index] = Mask(
        width: columns, height: rows, bits: Array(bits[index * size..<(index + 1) * size]))
    }
  }

  package var slices: Int { planes.count }

  package subscript(index: Int) -> Mask {
    get { planes[index]?.mask ?? Mask(width: columns, height: rows) }
    set {
      precondition(newValue.width == columns && newValue.height == rows)
      let packed = PackedMask(newValue)
      planes[index] = packed.isEmpty ? nil : packed
    }
  }

  package func slice(_ index: Int) -> Mask { self[index] }

  /// nil for a slice without a set voxel.
  package func packed(_ index: Int) -> PackedMask? { planes[index] }

  package func isEmpty(_ index: Int) -> Bool { planes[index] == nil }

  /// Set voxels of all slices, and of one.
  package var count: Int { planes.reduce(0) { $0 + ($1?.count ?? 0) } }
  package func count(_ index: Int) -> Int { planes[index]?.count ?? 0 }

  package func union(_ other: MaskVolume) -> MaskVolume {
    precondition(other.columns == columns && other.rows == rows && other.slices == slices)
    var all = self
    for index in planes.indices where !other.isEmpty(index) {
      all[index] = self[index].union(other[index])
    }
    return all
  }

  /// One byte a voxel, in the layout of `Volume`: for small stacks.
  package var bits: [UInt8] { planes.indices.flatMap { self[$0].bits } }
}
