import CKernels

/// Pooling of channels-last pictures.
package struct PixelPooling: Sendable {
  let kernel: Int
  let window: Window
  let kernels: KernelSet
  /// Padded cells count in the divisor of a mean.
  let countPadding: Bool

  /// Windows of `kernel` x `kernel` cells; the views that runs are given have the extents of a
  /// `Pooling` of these windows.
  package init(
    kernel: Int, window: Window, countPadding: Bool = true, kernels: KernelSet = .best
  ) {
    self.kernel = kernel
    self.window = window
    self.countPadding = countPadding
    self.kernels = kernels
  }

  private func window(_ x: PixelView, _ y: PixelView) -> ck_window {
    var form = ck_window(x: x, y: y)
    form.kernel = kernel
    form.stride = window.stride
    form.padding = window.padding
    return form
  }

  package func maximum(_ x: PixelView, into y: PixelView, threads: Int) {
    let shared = Shared((window(x, y), kernels.table))
    Parallel.forEach(count: y.images * y.height, width: threads) { line in
      var (form, table) = shared.value
      table.pointee.max_pool_row(&form, line / y.height, line % y.height)
    }
  }

  package func mean(_ x: PixelView, into y: PixelView, threads: Int) {
    let shared = Shared((window(x, y), kernels.table))
    let counts: Int32 = countPadding ? 1 : 0
    Parallel.forEach(count: y.images * y.height, width: threads) { line in
      var (form, table) = shared.value
      table.pointee.average_pool_row(&form, line / y.height, line % y.height, counts)
    }
  }

  /// The gradient of `maximum` goes to the first largest cell in row order; `dx` is dense.
  package func maximumGradient(
    _ x: PixelView, _ dy: PixelView, into dx: PixelView, threads: Int
  ) {
    let shared = Shared((window(x, dy), kernels.table))
    eachPiece(dx, threads) { image, channels in
      var (form, table) = shared.value
      table.pointee.max_pool_gradient(
        &form, image, channels.lowerBound, channels.upperBound, dx.base, dx.pitch)
    }
  }

  /// The gradient of `mean`; `like` has the extents of its input and is not read.
  package func meanGradient(_ dy: PixelView, into dx: PixelView, threads: Int) {
    let counts: Int32 = countPadding ? 1 : 0
    let shared = Shared((window(dx, dy), kernels.table))
    eachPiece(dx, threads) { image, channels in
      var (form, table) = shared.value
      table.pointee.average_pool_gradient(
        &form, image, channels.lowerBound, channels.upperBound, dx.base, dx.pitch, counts)
    }
  }

  /// Windows overlap: a piece is a run of channels of one picture, which no other piece touches.
  private func eachPiece(
    _ dx: PixelView, _ threads: Int, _ body: @Sendable (Int, Range<Int>) -> Void
  ) {
    dx.clear(threads: threads)
    let grain = 64
    let pieces = (dx.channels + grain - 1) / grain
    Parallel.forEach(count: dx.images * pieces, width: threads) { index in
      let first = index % pieces * grain
      body(index / pieces, first..<min(dx.channels, first + grain))
    }
  }
}

extension PixelView {
  /// Zeros in every channel of the view.
  func clear(threads: Int) {
    Parallel.forRanges(count: pixels, grain: 1024, width: threads) { range in
      if pitch == channels {
        (cells + range.lowerBound * pitch).fill(0, range.count * pitch)
      } else {
        for index in range { (cells + index * pitch).fill(0, channels) }
      }
    }
  }
}
