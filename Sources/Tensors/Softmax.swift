import Foundation

/// Kernels over axis 1 of an N, C, ... tensor: class scores and labels.
package enum Softmax {
  /// `x - log(sum over classes of exp x)`, without overflow.
  package static func log(_ x: Tensor, _ workspace: Workspace) -> Tensor {
    let (classes, cells) = form(x.shape)
    let shape = x.shape
    return withCells(x) { x in
      workspace.tensor(shape) { y in
        Parallel.forEach(count: shape[0], width: workspace.threads) { image in
          let start = image * classes * cells
          for cell in start..<start + cells {
            var top = -Float.infinity
            for c in 0..<classes { top = max(top, x[cell + c * cells]) }
            var sum: Float = 0
            for c in 0..<classes { sum += Foundation.exp(x[cell + c * cells] - top) }
            let base = top + Foundation.log(sum)
            for c in 0..<classes { y[cell + c * cells] = x[cell + c * cells] - base }
          }
        }
      }
    }
  }

  /// Labels N, ... to N, C, ...: 1 at the class a label names, and zeros for every label that is
  /// not a whole number in `0 ..< classes` (such as an ignore label).
  package static func oneHot(_ labels: Tensor, classes: Int, _ workspace: Workspace) -> Tensor {
    let images = labels.shape[0]
    let cells = labels.shape.dims.dropFirst().reduce(1, *)
    let shape = Shape([images, classes] + labels.shape.dims.dropFirst())
    return withCells(labels) { labels in
      workspace.tensor(shape) { y in
        Parallel.forEach(count: images, width: workspace.threads) { image in
          for c in 0..<classes {
            for cell in 0..<cells {
              y[(image * classes + c) * cells + cell] =
                labels[image * cells + cell] == Float(c) ? 1 : 0
            }
          }
        }
      }
    }
  }

  private static func form(_ shape: Shape) -> (classes: Int, cells: Int) {
    (shape[1], shape.dims.dropFirst(2).reduce(1, *))
  }
}
