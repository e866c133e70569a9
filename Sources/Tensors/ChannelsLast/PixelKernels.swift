import CKernels

/// Kernels over channels-last pictures that treat every pixel alike.
package struct PixelKernels: Sendable {
  let kernels: KernelSet

  package init(_ kernels: KernelSet = .best) { self.kernels = kernels }

  /// Pixels of one piece of work, about 64 KiB.
  private func grain(_ channels: Int) -> Int { max(1, (1 << 14) / max(1, channels)) }

  /// `y = activation(scale[c] * x + shift[c] + residual)`. With `perImage` the scale has a row of
  /// channels per picture.
  package func affine(
    _ x: PixelView, scale: Cells?, shift: Cells?, finish: Finish, perImage: Bool = false,
    into y: PixelView, threads: Int
  ) {
    let area = x.height * x.width
    let grain = grain(x.channels)
    let pieces = (area + grain - 1) / grain
    let table = Shared(kernels.table)
    Parallel.forEach(count: x.images * pieces, width: threads) { index in
      let image = index / pieces
      let first = image * area + index % pieces * grain
      let count = min(grain, (image + 1) * area - first)
      var e = ck_epilogue()
      e.set(finish.activation)
      if let residual = finish.residual {
        e.residual = UnsafePointer(residual.pixel(first))
        e.residual_pitch = residual.pitch
      }
      let row = perImage ? image * x.channels : 0
      table.value.pointee.affine(
        x.pixel(first), x.pitch, count, x.channels, scale.map { $0.base + row }, shift?.base, &e,
        y.pixel(first), y.pitch)
    }
  }

  /// `y = form[0][c] * u + form[1][c] * x + form[2][c]`.
  package func combine(
    _ u: PixelView, _ x: PixelView, form: Cells, into y: PixelView, threads: Int
  ) {
    let table = Shared(kernels.table)
    Parallel.forRanges(count: x.pixels, grain: grain(x.channels), width: threads) { range in
      let first = range.lowerBound
      table.value.pointee.combine(
        u.pixel(first), u.pitch, x.pixel(first), x.pitch, range.count, x.channels, form.base,
        y.pixel(first), y.pitch)
    }
  }

  /// Two pictures of the same extents, pixel by pixel.
  package func apply(
    _ f: Elementwise.Binary, _ a: PixelView, _ b: PixelView, into y: PixelView, threads: Int
  ) {
    let (op, slope) = f.kernel
    let table = Shared(kernels.table)
    Parallel.forRanges(count: a.pixels, grain: grain(a.channels), width: threads) { range in
      let first = range.lowerBound
      table.value.pointee.binary(
        op, slope, a.pixel(first), a.pitch, b.pixel(first), b.pitch, range.count, a.channels,
        y.pixel(first), y.pitch)
    }
  }

  /// Copies channels between views of the same extents.
  package func copy(_ x: PixelView, into y: PixelView, threads: Int) {
    affine(x, scale: nil, shift: nil, finish: Finish(), into: y, threads: threads)
  }

  /// Repeats each pixel `factor` times along both axes.
  package func upsample(_ x: PixelView, factor: Int, into y: PixelView, threads: Int) {
    let table = Shared(kernels.table)
    Parallel.forEach(count: x.images * x.height, width: threads) { line in
      var none = ck_epilogue()
      for copy in 0..<factor {
        for column in 0..<x.width {
          // A pitch of 0 reads the same pixel again and again.
          table.value.pointee.affine(
            x.pixel(line * x.width + column), 0, factor, x.channels, nil, nil, &none,
            y.pixel((line * factor + copy) * y.width + column * factor), y.pitch)
        }
      }
    }
  }
}

extension Elementwise.Binary {
  var kernel: (ck_binary, Float) {
    switch self {
    case .add: return (CK_ADD, 0)
    case .subtract: return (CK_SUBTRACT, 0)
    case .multiply: return (CK_MULTIPLY, 0)
    case .rectifyGradient(let slope): return (CK_RECTIFY_GRADIENT, slope)
    default: preconditionFailure("no kernel over pixels")
    }
  }
}
