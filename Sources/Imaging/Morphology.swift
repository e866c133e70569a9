/// Binary morphology by discs of radius r: the pixels with dx^2 + dy^2 <= r^2. Cost grows with the
/// number of runs times r, plus one pass over the pixels.
///
/// Outside the picture nothing is set for a dilation, and everything for an erosion, so that
/// `opened` never adds and `closed` never removes a pixel.
extension Mask {
  package func dilated(radius: Double) -> Mask {
    guard radius > 0 else { return self }
    let reach = Int(radius)
    let halves = (-reach...reach).map { Int((radius * radius - Double($0 * $0)).squareRoot()) }
    let stride = width + 1
    var edges = [Int32](repeating: 0, count: stride * height)
    for y in 0..<height {
      forEachRun(inRow: y) { begin, end in
        for dy in max(-reach, -y)...min(reach, height - 1 - y) {
          let half = halves[dy + reach]
          edges[(y + dy) * stride + max(0, begin - half)] += 1
          edges[(y + dy) * stride + min(width, end + half)] -= 1
        }
      }
    }
    var result = Mask(width: width, height: height)
    for y in 0..<height {
      var depth: Int32 = 0
      for x in 0..<width {
        depth += edges[y * stride + x]
        if depth > 0 { result.bits[y * width + x] = 1 }
      }
    }
    return result
  }

  package func eroded(radius: Double) -> Mask { inverted.dilated(radius: radius).inverted }

  package func opened(radius: Double) -> Mask {
    eroded(radius: radius).dilated(radius: radius)
  }

  package func closed(radius: Double) -> Mask {
    dilated(radius: radius).eroded(radius: radius)
  }

  package var inverted: Mask {
    Mask(width: width, height: height, bits: bits.map { 1 - $0 })
  }

  package func union(_ other: Mask) -> Mask { combined(other, |) }
  package func intersection(_ other: Mask) -> Mask { combined(other, &) }
  package func subtracting(_ other: Mask) -> Mask { combined(other) { $0 & ~$1 } }

  private func combined(_ other: Mask, _ rule: (UInt8, UInt8) -> UInt8) -> Mask {
    precondition(width == other.width && height == other.height)
    return Mask(width: width, height: height, bits: zip(bits, other.bits).map { rule($0, $1) })
  }

  /// Sets all unset pixels that no 4-connected unset path joins to the border.
  package func fillingHoles(maximumArea: Int = .max) -> Mask {
    let background = Components(inverted, connectivity: .faces)
    var result = self
    for label in 0..<background.count {
      guard background.sizes[label] <= maximumArea else { continue }
      let touches = background.runs(of: label).contains {
        $0.row == 0 || $0.row == height - 1 || $0.begin == 0 || $0.end == width
      }
      if !touches { background.paint(label, into: &result.bits) }
    }
    return result
  }

  /// Calls with `begin..<end` of each run of set pixels in a row.
  @inline(__always)
  func forEachRun(inRow row: Int, _ body: (Int, Int) -> Void) {
    bits.withUnsafeBufferPointer { bits in
      let line = row * width
      var x = 0
      while x < width {
        while x < width && bits[line + x] == 0 { x += 1 }
        guard x < width else { break }
        let begin = x
        while x < width && bits[line + x] != 0 { x += 1 }
        body(begin, x)
      }
    }
  }
}

/// Grey morphology by squares of odd side, separable; the border is cut off, not padded.
extension Image {
  package func eroded(side: Int) -> Image { extreme(side: side, min) }
  package func dilated(side: Int) -> Image { extreme(side: side, max) }

  /// Removes bright structures narrower than `side`, keeping wider ones.
  package func opened(side: Int) -> Image { eroded(side: side).dilated(side: side) }
  package func closed(side: Int) -> Image { dilated(side: side).eroded(side: side) }

  private func extreme(side: Int, _ pick: (Float, Float) -> Float) -> Image {
    precondition(side > 0 && side % 2 == 1)
    let reach = side / 2
    guard reach > 0 else { return self }
    var rows = self
    for y in 0..<height {
      for x in 0..<width {
        var best = pixels[y * width + x]
        for k in max(0, x - reach)...min(width - 1, x + reach) {
          best = pick(best, pixels[y * width + k])
        }
        rows.pixels[y * width + x] = best
      }
    }
    var result = rows
    for y in 0..<height {
      for k in max(0, y - reach)...min(height - 1, y + reach) where k != y {
        for x in 0..<width {
          let at = y * width + x
          result.pixels[at] = pick(result.pixels[at], rows.pixels[k * width + x])
        }
      }
    }
    return result
  }
}
