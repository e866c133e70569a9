/// Resampling of the planes of an N, C, H, W tensor.
package enum Resize {
  /// Where the cells of one output axis come from: `(1 - t) * x[first] + t * x[second]`.
  struct Axis: Sendable {
    var first: [Int] = []
    var second: [Int] = []
    var share: [Float] = []

    /// Cell centres at half-integers, clamped at the borders; or, with `alignCorners`, the first
    /// and last centres of both sides at the same places.
    init(from source: Int, to target: Int, alignCorners: Bool) {
      let scale = Double(source) / Double(target)
      for i in 0..<target {
        let position =
          alignCorners
          ? Double(i * (source - 1)) / Double(max(1, target - 1))
          : max(0, (Double(i) + 0.5) * scale - 0.5)
        let cell = min(Int(position), source - 1)
        first.append(cell)
        second.append(min(cell + 1, source - 1))
        share.append(Float(position - Double(cell)))
      }
    }
  }

  /// Bilinear interpolation to `height` x `width`; no smoothing when it shrinks.
  package static func bilinear(
    _ x: Tensor, height: Int, width: Int, alignCorners: Bool = false, _ workspace: Workspace
  ) -> Tensor {
    let (h, w) = (x.shape[2], x.shape[3])
    let rows = Axis(from: h, to: height, alignCorners: alignCorners)
    let columns = Axis(from: w, to: width, alignCorners: alignCorners)
    let planes = x.shape[0] * x.shape[1]
    let shape = Shape([x.shape[0], x.shape[1], height, width])
    return withCells(x) { x in
      workspace.tensor(shape) { y in
        Parallel.forEach(count: planes, width: workspace.threads) { plane in
          for row in 0..<height {
            let upper = (x + plane * h * w + rows.first[row] * w).base
            let lower = (x + plane * h * w + rows.second[row] * w).base
            let target = (y + (plane * height + row) * width).base
            let t = rows.share[row]
            for column in 0..<width {
              let (a, b) = (columns.first[column], columns.second[column])
              let s = columns.share[column]
              let top = upper[a] + s * (upper[b] - upper[a])
              let bottom = lower[a] + s * (lower[b] - lower[a])
              target[column] = top + t * (bottom - top)
            }
          }
        }
      }
    }
  }

  /// The transpose of `bilinear`: gathers the gradient of `height` x `width` source planes.
  package static func bilinearGradient(
    _ dy: Tensor, height: Int, width: Int, alignCorners: Bool = false, _ workspace: Workspace
  ) -> Tensor {
    let (h, w) = (dy.shape[2], dy.shape[3])
    let rows = Axis(from: height, to: h, alignCorners: alignCorners)
    let columns = Axis(from: width, to: w, alignCorners: alignCorners)
    let planes = dy.shape[0] * dy.shape[1]
    let shape = Shape([dy.shape[0], dy.shape[1], height, width])
    return withCells(dy) { dy in
      workspace.tensor(shape) { dx in
        Parallel.forEach(count: planes, width: workspace.threads) { plane in
          let target = dx + plane * height * width
          target.fill(0, height * width)
          for row in 0..<h {
            let upper = (target + rows.first[row] * width).base
            let lower = (target + rows.second[row] * width).base
            let source = (dy + (plane * h + row) * w).base
            let t = rows.share[row]
            for column in 0..<w {
              let (a, b) = (columns.first[column], columns.second[column])
              let right = source[column] * columns.share[column]
              let left = source[column] - right
              upper[a] += (1 - t) * left
              upper[b] += (1 - t) * right
              lower[a] += t * left
              lower[b] += t * right
            }
          }
        }
      }
    }
  }

  /// Each cell repeated `factor` times along both axes.
  package static func nearest(_ x: Tensor, factor: Int, _ workspace: Workspace) -> Tensor {
    let (h, w) = (x.shape[2], x.shape[3])
    let shape = Shape([x.shape[0], x.shape[1], h * factor, w * factor])
    let lines = x.shape[0] * x.shape[1] * h
    return withCells(x) { x in
      workspace.tensor(shape) { y in
        Parallel.forEach(count: lines, width: workspace.threads) { line in
          let source = (x + line * w).base
          let first = y + line * factor * w * factor
          for column in 0..<w {
            for copy in 0..<factor { first.base[column * factor + copy] = source[column] }
          }
          for copy in 1..<max(factor, 1) {
            (first + copy * w * factor).copy(from: first, w * factor)
          }
        }
      }
    }
  }
}
