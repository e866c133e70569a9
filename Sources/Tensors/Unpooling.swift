/// Cells placed in planes by the indices of max pooling, and read from there.
///
/// An index is that of a cell in its plane, written as a float; what is no such index places
/// nothing and reads zero.
package enum Unpooling {
  /// Zeros of `height` x `width` planes with each cell of `x` at its index; where two cells have
  /// one index, the later stays.
  package static func place(
    _ x: Tensor, at indices: Tensor, height: Int, width: Int, _ workspace: Workspace
  ) -> Tensor {
    let cells = x.shape[2] * x.shape[3]
    let size = height * width
    let shape = Shape([x.shape[0], x.shape[1], height, width])
    return withCells(x, indices) { x, indices in
      workspace.tensor(shape) { y in
        Parallel.forEach(count: shape[0] * shape[1], width: workspace.threads) { plane in
          let target = y + plane * size
          target.fill(0, size)
          for cell in plane * cells..<(plane + 1) * cells {
            if let index = cellIndex(indices[cell], size) { target[index] = x[cell] }
          }
        }
      }
    }
  }

  /// The cells of `planes` at the indices; the shape of `indices`.
  package static func read(
    _ planes: Tensor, at indices: Tensor, _ workspace: Workspace
  ) -> Tensor {
    let shape = indices.shape
    let cells = shape[2] * shape[3]
    let size = planes.shape[2] * planes.shape[3]
    return withCells(planes, indices) { x, indices in
      workspace.tensor(shape) { y in
        Parallel.forEach(count: shape[0] * shape[1], width: workspace.threads) { plane in
          let source = x + plane * size
          for cell in plane * cells..<(plane + 1) * cells {
            y[cell] = cellIndex(indices[cell], size).map { source[$0] } ?? 0
          }
        }
      }
    }
  }

  @inline(__always)
  private static func cellIndex(_ value: Float, _ size: Int) -> Int? {
    guard value >= 0, value < Float(size) else { return nil }
    let index = Int(value)
    return Float(index) == value && index < size ? index : nil
  }
}
