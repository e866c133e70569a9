import CKernels

/// Bilinear interpolation of channels-last pictures.
package struct PixelResize: Sendable {
  let kernels: KernelSet
  private let rows: Resize.Axis
  private let columns: Resize.Axis
  private let first: [Int32]
  private let second: [Int32]

  /// From `source` to `target` extents (height, width), as `Resize.bilinear`.
  package init(
    from source: (Int, Int), to target: (Int, Int), alignCorners: Bool, kernels: KernelSet = .best
  ) {
    self.kernels = kernels
    rows = Resize.Axis(from: source.0, to: target.0, alignCorners: alignCorners)
    columns = Resize.Axis(from: source.1, to: target.1, alignCorners: alignCorners)
    first = columns.first.map { Int32($0) }
    second = columns.second.map { Int32($0) }
  }

  package func run(_ x: PixelView, into y: PixelView, threads: Int) {
    let table = Shared(kernels.table)
    Parallel.forEach(count: y.images * y.height, width: threads) { line in
      let (image, row) = (line / y.height, line % y.height)
      let picture = image * x.height
      table.value.pointee.bilinear_row(
        x.pixel((picture + rows.first[row]) * x.width),
        x.pixel((picture + rows.second[row]) * x.width), x.pitch, rows.share[row], first, second,
        columns.share, y.width, y.channels, y.pixel(line * y.width), y.pitch)
    }
  }

  /// The transpose of `run`; a piece of work is a run of channels of one picture.
  package func gradient(_ dy: PixelView, into dx: PixelView, threads: Int) {
    dx.clear(threads: threads)
    let table = Shared(kernels.table)
    let grain = 64
    let pieces = (dx.channels + grain - 1) / grain
    Parallel.forEach(count: dx.images * pieces, width: threads) { index in
      let (image, channel) = (index / pieces, index % pieces * grain)
      for row in 0..<dy.height {
        table.value.pointee.bilinear_row_gradient(
          dx.pixel((image * dx.height + rows.first[row]) * dx.width),
          dx.pixel((image * dx.height + rows.second[row]) * dx.width), dx.pitch, rows.share[row],
          first, second, columns.share, dy.width, channel, min(dx.channels, channel + grain),
          dy.pixel((image * dy.height + row) * dy.width), dy.pitch)
      }
    }
  }
}
