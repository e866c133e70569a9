/// Copies of contiguous blocks along one axis, and permutations of axes.
package enum Blocks {
  /// Elements before and after an axis.
  private static func form(_ shape: Shape, _ axis: Int) -> (outer: Int, inner: Int) {
    (
      shape.dims[..<axis].reduce(1, *), shape.dims[(axis + 1)...].reduce(1, *)
    )
  }

  /// The tensors one after the other along `axis`; the other extents are equal.
  package static func concat(_ parts: [Tensor], axis: Int, _ workspace: Workspace) -> Tensor {
    let total = parts.reduce(0) { $0 + $1.shape[axis] }
    let (outer, inner) = form(parts[0].shape, axis)
    var dims = parts[0].shape.dims
    dims[axis] = total
    return workspace.tensor(Shape(dims)) { y in
      var start = 0
      for part in parts {
        let size = part.shape[axis] * inner
        let offset = start
        withCells(part) { x in
          Parallel.forEach(count: outer, width: workspace.threads) { index in
            (y + index * total * inner + offset).copy(from: x + index * size, size)
          }
        }
        start += size
      }
    }
  }

  /// `count` entries of `axis` from `start`.
  package static func slice(
    _ x: Tensor, axis: Int, start: Int, count: Int, _ workspace: Workspace
  ) -> Tensor {
    let (outer, inner) = form(x.shape, axis)
    let extent = x.shape[axis]
    var dims = x.shape.dims
    dims[axis] = count
    return withCells(x) { x in
      workspace.tensor(Shape(dims)) { y in
        Parallel.forEach(count: outer, width: workspace.threads) { index in
          (y + index * count * inner)
            .copy(from: x + (index * extent + start) * inner, count * inner)
        }
      }
    }
  }

  /// Cells of `value`, of extent `total` along `axis`, with `x` at `start`.
  package static func embed(
    _ x: Tensor, axis: Int, start: Int, total: Int, value: Float = 0, _ workspace: Workspace
  ) -> Tensor {
    let (outer, inner) = form(x.shape, axis)
    let count = x.shape[axis]
    var dims = x.shape.dims
    dims[axis] = total
    return withCells(x) { x in
      workspace.tensor(Shape(dims)) { y in
        Parallel.forEach(count: outer, width: workspace.threads) { index in
          let row = y + index * total * inner
          row.fill(value, start * inner)
          (row + start * inner).copy(from: x + index * count * inner, count * inner)
          (row + (start + count) * inner).fill(value, (total - start - count) * inner)
        }
      }
    }
  }

  /// The entries of `axis` in reverse order.
  package static func flip(_ x: Tensor, axis: Int, _ workspace: Workspace) -> Tensor {
    let (outer, inner) = form(x.shape, axis)
    let extent = x.shape[axis]
    let shape = x.shape
    return withCells(x) { x in
      workspace.tensor(shape) { y in
        Parallel.forEach(count: outer, width: workspace.threads) { index in
          for i in 0..<extent {
            (y + (index * extent + extent - 1 - i) * inner)
              .copy(from: x + (index * extent + i) * inner, inner)
          }
        }
      }
    }
  }

  /// Axis `i` of the result is axis `order[i]` of `x`.
  package static func permute(_ x: Tensor, _ order: [Int], _ workspace: Workspace) -> Tensor {
    let shape = Shape(order.map { x.shape[$0] })
    let strides = x.shape.strides
    let steps = order.map { strides[$0] }
    let inner = shape.dims.last ?? 1
    let innerStep = steps.last ?? 1
    guard shape.count > 0 else { return Tensor(zeros: shape) }
    return withCells(x) { x in
      workspace.tensor(shape) { y in
        Parallel.forEach(count: shape.count / inner, width: workspace.threads) { row in
          var rest = row
          var offset = 0
          for axis in stride(from: shape.rank - 2, through: 0, by: -1) {
            offset += rest % shape[axis] * steps[axis]
            rest /= shape[axis]
          }
          for i in 0..<inner { y[row * inner + i] = x[offset + i * innerStep] }
        }
      }
    }
  }
}
