extension Convolution {
  /// The gradient of the weight from the input and the gradient `dy` of the output.
  ///
  /// Tiles are dealt to at most sixteen hands, by shape alone; each hand sums its tiles in order
  /// and the hands are added in order, so that the bits do not depend on the threads.
  package func weightGradient(_ x: Tensor, _ dy: Tensor, _ workspace: Workspace) -> Tensor {
    let gather = gather
    let tiles = Tiles(gather, images: input[0])
    let hands = min(tiles.count, max(2, min(16, (1 << 23) / weight.count)))
    let size = weight.count
    let partial = withCells(x, dy) { x, dy in
      workspace.tensor([hands, size]) { sums in
        let columns = gather.isIdentity ? [] : workspace.columns(count: tiles.floats)
        Parallel.forEach(count: hands * groups, width: workspace.threads) { piece, worker in
          let (hand, group) = (piece / groups, piece % groups)
          let range = hand * tiles.count / hands..<(hand + 1) * tiles.count / hands
          for index in range {
            accumulate(
              gather, tiles[index], group, x, dy, columns.isEmpty ? nil : columns[worker],
              into: sums + hand * size, isFirst: index == range.lowerBound)
          }
        }
      }
    }
    let sum = Reduction.sum(partial, over: [0], workspace)
    workspace.recycle(partial)
    return sum.reshaped(weight)
  }

  private func accumulate(
    _ gather: Gather, _ piece: (image: Int, tile: Range<Int>), _ group: Int, _ x: Cells,
    _ dy: Cells, _ columns: Cells?, into sum: Cells, isFirst: Bool
  ) {
    let (image, tile) = piece
    let pixels = gather.pixels
    let part = image * groups + group
    let picture = x + part * weight[1] * input[2] * input[3]
    let upstream = dy + part * outputs * pixels + tile.lowerBound
    var right = BLAS.Matrix(picture + tile.lowerBound, stride: pixels, transposed: true)
    if let columns {
      gather.fill(columns, from: picture, tile: tile)
      right = BLAS.Matrix(columns, stride: tile.count, transposed: true)
    }
    BLAS.multiply(
      BLAS.Matrix(upstream, stride: pixels), right,
      into: BLAS.Matrix(sum + group * outputs * gather.depth, stride: gather.depth),
      (m: outputs, n: gather.depth, k: tile.count), beta: isFirst ? 0 : 1)
  }
}
