/// Equally sized slices in the order of their position along the normal, one at a time: a series
/// need not fit into memory.
package protocol SliceStack {
  var columns: Int { get }
  var rows: Int { get }
  /// Where each slice lies.
  var planes: [PlaneGeometry] { get }
  /// In the unit of the producer: Hounsfield units for CT. Throws what reading the slice throws.
  func slice(_ index: Int) throws -> Image
}

extension SliceStack {
  package var slices: Int { planes.count }
}

extension Volume: SliceStack {}
