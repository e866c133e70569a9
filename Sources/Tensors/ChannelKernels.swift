/// Kernels that treat each channel of an N, C, ... tensor alike: batch normalisation.
package enum ChannelKernels {
  /// The extents of a tensor seen as images x channels x cells.
  private struct Form: Sendable {
    let images: Int
    let channels: Int
    let cells: Int

    init(_ shape: Shape) {
      precondition(shape.rank >= 2)
      images = shape[0]
      channels = shape[1]
      cells = shape.dims.dropFirst(2).reduce(1, *)
    }

    func offset(_ image: Int, _ channel: Int) -> Int { (image * channels + channel) * cells }
  }

  /// Mean and biased variance of each channel, [2, C]; two passes, blocks in double precision.
  package static func statistics(_ x: Tensor, _ workspace: Workspace) -> Tensor {
    let form = Form(x.shape)
    let total = Double(form.images * form.cells)
    return withCells(x) { x in
      workspace.tensor([2, form.channels]) { y in
        Parallel.forEach(count: form.channels, width: workspace.threads) { channel in
          var sum = 0.0
          for image in 0..<form.images {
            sum += Reduction.sum((x + form.offset(image, channel)).base, form.cells)
          }
          let mean = Float(sum / total)
          var squares = 0.0
          var rest = 0.0
          for image in 0..<form.images {
            let part = Reduction.moments((x + form.offset(image, channel)).base, form.cells, mean)
            rest += part.sum
            squares += part.squares
          }
          // The mean was rounded: what is left of the sum corrects the variance.
          y[channel] = mean
          y[form.channels + channel] = Float(
            max(0, squares / total - (rest / total) * (rest / total)))
        }
      }
    }
  }

  /// `scale[c] * x + shift[c]`; `scale` and `shift` are the rows of a [2, C] tensor.
  package static func affine(_ x: Tensor, _ form: Tensor, _ workspace: Workspace) -> Tensor {
    let shape = x.shape
    let channels = Form(shape)
    return withCells(x, form) { x, form in
      workspace.tensor(shape) { y in
        Parallel.forRanges(
          count: channels.images * channels.channels, grain: grain(channels),
          width: workspace.threads
        ) { planes in
          for plane in planes {
            let scale = form[plane % channels.channels]
            let shift = form[channels.channels + plane % channels.channels]
            let source = (x + plane * channels.cells).base
            let target = (y + plane * channels.cells).base
            for i in 0..<channels.cells { target[i] = scale * source[i] + shift }
          }
        }
      }
    }
  }

  /// Per channel the sums of `u` and of `u * (x - mean)`, [2, C].
  package static func moments(
    _ x: Tensor, mean: Tensor, _ u: Tensor, _ workspace: Workspace
  ) -> Tensor {
    let form = Form(x.shape)
    return withCells(x, mean, u) { x, mean, u in
      workspace.tensor([2, form.channels]) { y in
        Parallel.forEach(count: form.channels, width: workspace.threads) { channel in
          var sum = 0.0
          var product = 0.0
          for image in 0..<form.images {
            let offset = form.offset(image, channel)
            sum += Reduction.sum((u + offset).base, form.cells)
            product += Reduction.product(
              (x + offset).base, (u + offset).base, form.cells, mean[channel])
          }
          y[channel] = Float(sum)
          y[form.channels + channel] = Float(product)
        }
      }
    }
  }

  /// `a[c] * u + b[c] * x + c[c]`; the coefficients are the rows of a [3, C] tensor.
  package static func combine(
    _ u: Tensor, _ x: Tensor, _ coefficients: Tensor, _ workspace: Workspace
  ) -> Tensor {
    let shape = x.shape
    let form = Form(shape)
    return withCells(u, x, coefficients) { u, x, coefficients in
      workspace.tensor(shape) { y in
        Parallel.forRanges(
          count: form.images * form.channels, grain: grain(form), width: workspace.threads
        ) { planes in
          for plane in planes {
            let channel = plane % form.channels
            let a = coefficients[channel]
            let b = coefficients[form.channels + channel]
            let c = coefficients[2 * form.channels + channel]
            let left = (u + plane * form.cells).base
            let right = (x + plane * form.cells).base
            let target = (y + plane * form.cells).base
            for i in 0..<form.cells { target[i] = a * left[i] + b * right[i] + c }
          }
        }
      }
    }
  }

  private static func grain(_ form: Form) -> Int { max(1, Elementwise.grain / max(1, form.cells)) }
}

extension Reduction {
  /// Sums of `x - mean` and its square over a run.
  static func moments(
    _ x: UnsafeMutablePointer<Float>, _ count: Int, _ mean: Float
  ) -> (sum: Double, squares: Double) {
    var sum = 0.0
    var squares = 0.0
    for start in stride(from: 0, to: count, by: 4096) {
      let end = min(count, start + 4096)
      var lanes = SIMD16<Float>()
      var powers = SIMD16<Float>()
      var i = start
      while i + 16 <= end {
        let d = UnsafeRawPointer(x + i).loadUnaligned(as: SIMD16<Float>.self) - mean
        lanes += d
        powers += d * d
        i += 16
      }
      while i < end {
        let d = x[i] - mean
        lanes[0] += d
        powers[0] += d * d
        i += 1
      }
      sum += Double(lanes.sum())
      squares += Double(powers.sum())
    }
    return (sum, squares)
  }

  /// The sum of `u * (x - mean)` over a run.
  static func product(
    _ x: UnsafeMutablePointer<Float>, _ u: UnsafeMutablePointer<Float>, _ count: Int,
    _ mean: Float
  ) -> Double {
    var sum = 0.0
    for start in stride(from: 0, to: count, by: 4096) {
      let end = min(count, start + 4096)
      var lanes = SIMD16<Float>()
      var i = start
      while i + 16 <= end {
        let d = UnsafeRawPointer(x + i).loadUnaligned(as: SIMD16<Float>.self) - mean
        lanes += d * UnsafeRawPointer(u + i).loadUnaligned(as: SIMD16<Float>.self)
        i += 16
      }
      while i < end {
        lanes[0] += (x[i] - mean) * u[i]
        i += 1
      }
      sum += Double(lanes.sum())
    }
    return sum
  }
}
