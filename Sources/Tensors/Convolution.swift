/// Convolution of N, C, H, W tensors by tiles of columns and OpenBLAS.
///
/// The three passes are one closed set: the derivatives of each are the other two. Work is cut
/// into images, tiles of output cells and groups of channels, so that the columns of a tile stay
/// in the L2 cache.
package struct Convolution: Sendable {
  /// The most bytes of columns per thread, unless one tile of 64 cells needs more.
  package static let columnBytes = 1 << 19

  /// Shapes of the tensors: input N, C, H, W; weight O, C / groups, KH, KW; output N, O, OH, OW.
  package let input: Shape
  package let weight: Shape
  package let output: Shape
  package let window: Window
  /// Runs of channels that see only each other; as many as channels is "depthwise".
  package let groups: Int

  /// Nil when the shapes do not fit.
  package init?(input: Shape, weight: Shape, window: Window, groups: Int = 1) {
    guard input.rank == 4, weight.rank == 4, groups > 0, input[1] == weight[1] * groups,
      weight[0] % groups == 0, weight.count > 0
    else { return nil }
    let height = window.output(input[2], kernel: weight[2])
    let width = window.output(input[3], kernel: weight[3])
    guard height > 0, width > 0 else { return nil }
    self.input = input
    self.weight = weight
    self.window = window
    self.groups = groups
    output = [input[0], weight[0], height, width]
  }

  /// `y[n, o] = sum_c w[o, c] * x[n, c] + bias[o]` over the channels of the group of `o`
  /// (cross-correlation, as in deep learning).
  package func forward(
    _ x: Tensor, _ w: Tensor, bias: Tensor?, _ workspace: Workspace
  ) -> Tensor {
    let bias = bias ?? Tensor(zeros: [weight[0]])
    return withCells(x, w, bias) { x, w, bias in
      workspace.tensor(output) { y in
        product(gather, matrix: w, channels: outputs, from: x, bias: bias, into: y, workspace)
      }
    }
  }

  /// The gradient of the input from the gradient `dy` of the output.
  package func inputGradient(_ dy: Tensor, _ w: Tensor, _ workspace: Workspace) -> Tensor {
    let turned = Tensor(w.shape, turned(w))
    let zero = Tensor(zeros: [input[1]])
    return withCells(dy, turned, zero) { dy, w, zero in
      workspace.tensor(input) { dx in
        product(
          backGather, matrix: w, channels: weight[1], from: dy, bias: zero, into: dx, workspace)
      }
    }
  }

  /// Output channels of one group; `weight[1]` is its input channels.
  var outputs: Int { weight[0] / groups }

  /// How the forward pass reads the input channels of one group.
  var gather: Gather {
    func axis(_ i: Int) -> Gather.Axis {
      Gather.Axis(
        source: input[i], output: output[i], taps: weight[i], step: window.stride,
        tapStep: window.dilation, origin: -window.padding, divisor: 1)
    }
    return Gather(channels: weight[1], rows: axis(2), columns: axis(3))
  }

  /// How the input gradient reads the output gradient of one group.
  private var backGather: Gather {
    func axis(_ i: Int) -> Gather.Axis {
      Gather.Axis(
        source: output[i], output: input[i], taps: weight[i], step: 1,
        tapStep: -window.dilation, origin: window.padding, divisor: window.stride)
    }
    return Gather(channels: outputs, rows: axis(2), columns: axis(3))
  }

  /// The weight with input and output channels exchanged within each group.
  private func turned(_ w: Tensor) -> [Float] {
    let taps = weight[2] * weight[3]
    var turned = [Float](repeating: 0, count: w.shape.count)
    for index in 0..<weight[0] {
      let (group, o) = (index / outputs, index % outputs)
      for c in 0..<weight[1] {
        let from = (index * weight[1] + c) * taps
        let to = ((group * weight[1] + c) * outputs + o) * taps
        for tap in 0..<taps { turned[to + tap] = w.values[from + tap] }
      }
    }
    return turned
  }

  /// `target[n, g] = matrix[g] * columns(source[n, g]) + bias[g]`, parallel over images, tiles and
  /// groups; `channels` of the target and those of `gather` are of one group.
  private func product(
    _ gather: Gather, matrix: Cells, channels: Int, from source: Cells, bias: Cells,
    into target: Cells, _ workspace: Workspace
  ) {
    let tiles = Tiles(gather, images: input[0])
    let sourceSize = gather.channels * gather.rows.source * gather.columns.source
    let columns = gather.isIdentity ? [] : workspace.columns(count: tiles.floats)
    let pixels = gather.pixels
    let matrixSize = channels * gather.depth
    Parallel.forEach(count: tiles.count * groups, width: workspace.threads) { index, worker in
      let (image, tile) = tiles[index / groups]
      let group = index % groups
      let part = image * groups + group
      let picture = source + part * sourceSize
      let out = target + part * channels * pixels + tile.lowerBound
      var right = BLAS.Matrix(picture + tile.lowerBound, stride: pixels)
      if !gather.isIdentity {
        gather.fill(columns[worker], from: picture, tile: tile)
        right = BLAS.Matrix(columns[worker], stride: tile.count)
      }
      for channel in 0..<channels {
        (out + channel * pixels).fill(bias[group * channels + channel], tile.count)
      }
      BLAS.multiply(
        BLAS.Matrix(matrix + group * matrixSize, stride: gather.depth), right,
        into: BLAS.Matrix(out, stride: pixels),
        (m: channels, n: tile.count, k: gather.depth), beta: 1)
    }
  }
}

/// The pieces of work of a convolution: every image cut into tiles of output cells.
struct Tiles: Sendable {
  let images: Int
  let pixels: Int
  let size: Int
  let perImage: Int
  /// Floats of the column matrix of a full tile.
  let floats: Int

  init(_ gather: Gather, images: Int) {
    self.images = images
    pixels = gather.pixels
    let budget = Convolution.columnBytes / MemoryLayout<Float>.stride / gather.depth
    size = min(pixels, max(64, budget / 16 * 16))
    perImage = (pixels + size - 1) / size
    floats = size * gather.depth
  }

  var count: Int { images * perImage }

  subscript(index: Int) -> (image: Int, tile: Range<Int>) {
    let start = index % perImage * size
    return (index / perImage, start..<min(pixels, start + size))
  }
}
