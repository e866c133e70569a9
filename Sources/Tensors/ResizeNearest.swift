extension Resize {
  /// The source cell of each of `target` cells along an axis: `floor(i * source / target)`.
  private static func nearestCells(from source: Int, to target: Int) -> [Int] {
    (0..<target).map { $0 * source / target }
  }

  /// Resampling to `height` x `width` by taking one cell each, without mixing.
  package static func nearest(
    _ x: Tensor, height: Int, width: Int, _ workspace: Workspace
  ) -> Tensor {
    let (h, w) = (x.shape[2], x.shape[3])
    let rows = nearestCells(from: h, to: height)
    let columns = nearestCells(from: w, to: width)
    let planes = x.shape[0] * x.shape[1]
    let shape = Shape([x.shape[0], x.shape[1], height, width])
    return withCells(x) { x in
      workspace.tensor(shape) { y in
        Parallel.forEach(count: planes, width: workspace.threads) { plane in
          for row in 0..<height {
            let source = (x + (plane * h + rows[row]) * w).base
            let target = (y + (plane * height + row) * width).base
            for column in 0..<width { target[column] = source[columns[column]] }
          }
        }
      }
    }
  }

  /// The transpose of `nearest` from planes of `height` x `width`: each of these cells gets the
  /// sum of what was taken from it.
  package static func nearestGradient(
    _ dy: Tensor, height: Int, width: Int, _ workspace: Workspace
  ) -> Tensor {
    let (h, w) = (dy.shape[2], dy.shape[3])
    let rows = nearestCells(from: height, to: h)
    let columns = nearestCells(from: width, to: w)
    let planes = dy.shape[0] * dy.shape[1]
    let shape = Shape([dy.shape[0], dy.shape[1], height, width])
    return withCells(dy) { dy in
      workspace.tensor(shape) { dx in
        Parallel.forEach(count: planes, width: workspace.threads) { plane in
          (dx + plane * height * width).fill(0, height * width)
          for row in 0..<h {
            let source = (dy + (plane * h + row) * w).base
            let target = (dx + (plane * height + rows[row]) * width).base
            for column in 0..<w { target[columns[column]] += source[column] }
          }
        }
      }
    }
  }
}
