import Glibc

extension Image {
  /// Gaussian blur, sigma in pixels, kernel cut at four sigma; the border repeats its edge value.
  package func blurred(sigma: Double) -> Image {
    guard sigma > 0 else { return self }
    let reach = max(1, Int((4 * sigma).rounded(.up)))
    var kernel = (-reach...reach).map { Float(exp(-Double($0 * $0) / (2 * sigma * sigma))) }
    let sum = kernel.reduce(0, +)
    kernel = kernel.map { $0 / sum }
    return filteredColumns(kernel).filteredRows(kernel)
  }

  /// Convolves along rows (over columns) with an odd symmetric kernel.
  private func filteredRows(_ kernel: [Float]) -> Image {
    let reach = kernel.count / 2
    var result = Image(width: width, height: height)
    var padded = [Float](repeating: 0, count: width + 2 * reach)
    for y in 0..<height {
      for i in padded.indices {
        padded[i] = pixels[y * width + min(max(i - reach, 0), width - 1)]
      }
      result.pixels.withUnsafeMutableBufferPointer { out in
        padded.withUnsafeBufferPointer { line in
          for (k, weight) in kernel.enumerated() {
            for x in 0..<width { out[y * width + x] += line[x + k] * weight }
          }
        }
      }
    }
    return result
  }

  private func filteredColumns(_ kernel: [Float]) -> Image {
    let reach = kernel.count / 2
    var result = Image(width: width, height: height)
    result.pixels.withUnsafeMutableBufferPointer { out in
      pixels.withUnsafeBufferPointer { source in
        for y in 0..<height {
          for (k, weight) in kernel.enumerated() {
            let line = min(max(y + k - reach, 0), height - 1) * width
            for x in 0..<width { out[y * width + x] += source[line + x] * weight }
          }
        }
      }
    }
    return result
  }

  /// A wide blur at low cost: shrinks by a whole factor, blurs there, and enlarges again.
  ///
  /// Close to `blurred` for sigmas of 4 pixels and more, where it starts to shrink.
  package func softlyBlurred(sigma: Double) -> Image {
    let factor = Int(sigma / 2)
    guard factor > 1, width > 2 * factor, height > 2 * factor else {
      return blurred(sigma: sigma)
    }
    let small = resized(width: width / factor, height: height / factor)
    return small.blurred(sigma: sigma / Double(factor)).resized(width: width, height: height)
  }
}
