/// The extents of a tensor, outermost first; row-major, so the last axis is contiguous.
///
/// Rank 0 is a scalar and holds one element. Convolution tensors are N, C, H, W.
package struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  package let dims: [Int]

  /// Traps on a negative extent: data from outside is checked before it becomes a shape.
  package init(_ dims: [Int]) {
    precondition(dims.allSatisfy { $0 >= 0 })
    self.dims = dims
  }

  package init(arrayLiteral elements: Int...) { self.init(elements) }

  /// Number of elements.
  package var count: Int { dims.reduce(1, *) }

  /// Number of axes.
  package var rank: Int { dims.count }

  package subscript(axis: Int) -> Int { dims[axis] }

  /// Elements between neighbours along each axis.
  package var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * dims[axis + 1]
    }
    return strides
  }

  /// "2x3x4", or "scalar".
  package var description: String {
    rank == 0 ? "scalar" : dims.map(String.init).joined(separator: "x")
  }
}
