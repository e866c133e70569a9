import CKernels

/// Sums per channel over channels-last pictures.
///
/// Pieces of pixels, cut by shape alone, are summed in single precision and joined in order in
/// double precision.
package struct PixelSums: Sendable {
  let kernels: KernelSet

  package init(_ kernels: KernelSet = .best) { self.kernels = kernels }

  private static func grain(_ channels: Int) -> Int { max(16, (1 << 14) / max(1, channels)) }

  /// Floats of scratch memory of `statistics` and `products` of `pixels` pixels.
  package static func scratchCount(pixels: Int, channels: Int) -> Int {
    2 * channels * ((pixels + grain(channels) - 1) / grain(channels))
  }

  /// Floats of scratch memory of `sums` and `total` of pictures of `area` pixels each.
  package static func scratchCount(images: Int, area: Int, channels: Int) -> Int {
    images * channels * ((area + grain(channels) - 1) / grain(channels))
  }

  /// Mean and biased variance of each channel, [2, C], into `y`.
  package func statistics(_ x: PixelView, into y: Cells, _ workspace: Workspace) {
    let (grain, channels) = (Self.grain(x.channels), x.channels)
    let parts = workspace.shared(
      count: Self.scratchCount(pixels: x.pixels, channels: channels))
    let table = Shared(kernels.table)
    Parallel.forRanges(count: x.pixels, grain: grain, width: workspace.threads) { range in
      let part = parts + range.lowerBound / grain * 2 * channels
      table.value.pointee.moments(
        x.pixel(range.lowerBound), x.pitch, range.count, channels, part.base,
        part.base + channels)
    }
    // Chan, Golub, LeVeque 1979: means and squares of pieces join without cancellation.
    for channel in 0..<channels {
      var (count, mean, squares) = (0.0, 0.0, 0.0)
      for (index, first) in stride(from: 0, to: x.pixels, by: grain).enumerated() {
        let size = Double(min(grain, x.pixels - first))
        let part = parts + index * 2 * channels + channel
        let difference = Double(part[0]) / size - mean
        mean += difference * size / (count + size)
        squares += Double(part[channels]) + difference * difference * count * size / (count + size)
        count += size
      }
      y[channel] = Float(mean)
      y[channels + channel] = Float(squares / count)
    }
  }

  /// Per channel the sum of `u` and of `u * (x - mean)`, [2, C], into `y`.
  package func products(
    _ u: PixelView, _ x: PixelView, mean: Cells, into y: Cells, _ workspace: Workspace
  ) {
    let (grain, channels) = (Self.grain(x.channels), x.channels)
    let parts = workspace.shared(
      count: Self.scratchCount(pixels: x.pixels, channels: channels))
    let table = Shared(kernels.table)
    Parallel.forRanges(count: x.pixels, grain: grain, width: workspace.threads) { range in
      let part = parts + range.lowerBound / grain * 2 * channels
      table.value.pointee.products(
        u.pixel(range.lowerBound), u.pitch, x.pixel(range.lowerBound), x.pitch, mean.base,
        range.count, channels, part.base, part.base + channels)
    }
    join(parts, (x.pixels + grain - 1) / grain, width: 2 * channels, into: y)
  }

  /// Per picture and channel the sum over pixels, [N, C], into `y`.
  package func sums(_ x: PixelView, into y: Cells, _ workspace: Workspace) {
    let (grain, channels, area) = (Self.grain(x.channels), x.channels, x.height * x.width)
    let pieces = (area + grain - 1) / grain
    let parts = workspace.shared(
      count: Self.scratchCount(images: x.images, area: area, channels: channels))
    let table = Shared(kernels.table)
    Parallel.forEach(count: x.images * pieces, width: workspace.threads) { index in
      let first = index % pieces * grain
      table.value.pointee.sum(
        x.pixel(index / pieces * area + first), x.pitch, min(grain, area - first), channels,
        (parts + index * channels).base)
    }
    for image in 0..<x.images {
      join(
        parts + image * pieces * channels, pieces, width: channels, into: y + image * channels)
    }
  }

  /// Per channel the sum over pictures and pixels, [C], into `y`.
  package func total(_ x: PixelView, into y: Cells, _ workspace: Workspace) {
    let rows = [Float](unsafeUninitializedCapacity: x.images * x.channels) { buffer, count in
      if let base = buffer.baseAddress { sums(x, into: Cells(base), workspace) }
      count = x.images * x.channels
    }
    for channel in 0..<x.channels {
      var sum = 0.0
      for image in 0..<x.images { sum += Double(rows[image * x.channels + channel]) }
      y[channel] = Float(sum)
    }
  }

  private func join(_ parts: Cells, _ count: Int, width: Int, into y: Cells) {
    for index in 0..<width {
      var sum = 0.0
      for part in 0..<count { sum += Double(parts[part * width + index]) }
      y[index] = Float(sum)
    }
  }
}
