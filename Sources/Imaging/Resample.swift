/// A box of pixels: columns `column..<column + width`, rows `row..<row + height`.
package struct PixelBox: Sendable, Hashable, Codable {
  package var column: Int
  package var row: Int
  package var width: Int
  package var height: Int

  package init(column: Int, row: Int, width: Int, height: Int) {
    self.column = column
    self.row = row
    self.width = width
    self.height = height
  }
}

extension Image {
  /// Area average when a side shrinks, bilinear (half-pixel centres) when it grows.
  package func resized(width newWidth: Int, height newHeight: Int) -> Image {
    guard newWidth != width || newHeight != height else { return self }
    let columns = ResampleTable(from: width, to: newWidth)
    let rows = ResampleTable(from: height, to: newHeight)
    var half = [Float](repeating: 0, count: newWidth * height)
    for y in 0..<height {
      let (line, out) = (y * width, y * newWidth)
      for x in 0..<newWidth {
        var sum: Float = 0
        let first = line + columns.first[x]
        for k in columns.start[x]..<columns.start[x + 1] {
          sum += pixels[first + k - columns.start[x]] * columns.weights[k]
        }
        half[out + x] = sum
      }
    }
    var result = [Float](repeating: 0, count: newWidth * newHeight)
    for y in 0..<newHeight {
      let out = y * newWidth
      for k in rows.start[y]..<rows.start[y + 1] {
        let weight = rows.weights[k]
        let line = (rows.first[y] + k - rows.start[y]) * newWidth
        for x in 0..<newWidth { result[out + x] += half[line + x] * weight }
      }
    }
    return Image(width: newWidth, height: newHeight, pixels: result)
  }

  /// Bilinear with half-pixel centres (`align_corners` false) whatever the direction, no averaging.
  package func bilinear(width newWidth: Int, height newHeight: Int) -> Image {
    var result = Image(width: newWidth, height: newHeight)
    let sy = Float(height) / Float(newHeight)
    let sx = Float(width) / Float(newWidth)
    for y in 0..<newHeight {
      for x in 0..<newWidth {
        result.pixels[y * newWidth + x] = sample(
          column: (Float(x) + 0.5) * sx - 0.5, row: (Float(y) + 0.5) * sy - 0.5)
      }
    }
    return result
  }

  /// Bilinear value at a place in pixel-centre coordinates; places outside take the edge's value.
  package func sample(column: Float, row: Float) -> Float {
    let cx = min(max(column, 0), Float(width - 1))
    let cy = min(max(row, 0), Float(height - 1))
    let (x0, y0) = (Int(cx), Int(cy))
    let (x1, y1) = (min(x0 + 1, width - 1), min(y0 + 1, height - 1))
    let (fx, fy) = (cx - Float(x0), cy - Float(y0))
    let top = pixels[y0 * width + x0] * (1 - fx) + pixels[y0 * width + x1] * fx
    let bottom = pixels[y1 * width + x0] * (1 - fx) + pixels[y1 * width + x1] * fx
    return top * (1 - fy) + bottom * fy
  }

  /// The box as an image of its own; pixels outside this image take `padding`.
  package func cropped(to box: PixelBox, padding: Float = 0) -> Image {
    var result = Image(width: box.width, height: box.height, filling: padding)
    for y in max(0, -box.row)..<max(max(0, -box.row), min(box.height, height - box.row)) {
      for x in max(0, -box.column)..<max(max(0, -box.column), min(box.width, width - box.column)) {
        result.pixels[y * box.width + x] = pixels[(y + box.row) * width + x + box.column]
      }
    }
    return result
  }
}

extension Mask {
  /// Nearest neighbour by pixel centres: source index `floor((i + 0.5) * in / out)`.
  package func resized(width newWidth: Int, height newHeight: Int) -> Mask {
    guard newWidth != width || newHeight != height else { return self }
    let columns = (0..<newWidth).map { min(width - 1, (2 * $0 + 1) * width / (2 * newWidth)) }
    var result = Mask(width: newWidth, height: newHeight)
    for y in 0..<newHeight {
      let line = min(height - 1, (2 * y + 1) * height / (2 * newHeight)) * width
      for x in 0..<newWidth { result.bits[y * newWidth + x] = bits[line + columns[x]] }
    }
    return result
  }

  /// The box as a mask of its own; outside this mask nothing is set.
  package func cropped(to box: PixelBox) -> Mask {
    Mask(image.cropped(to: box), atLeast: 0.5)
  }

  /// 1 where set, else 0.
  package var image: Image { Image(width: width, height: height, pixels: bits.map(Float.init)) }

  /// The smallest box around the set pixels; nil when there are none.
  package var boundingBox: PixelBox? {
    var (left, right, top, bottom) = (width, -1, height, -1)
    for y in 0..<height {
      for x in 0..<width where bits[y * width + x] != 0 {
        left = min(left, x)
        right = max(right, x)
        top = min(top, y)
        bottom = max(bottom, y)
      }
    }
    guard right >= 0 else { return nil }
    return PixelBox(column: left, row: top, width: right - left + 1, height: bottom - top + 1)
  }
}

/// The source pixels and weights of each target pixel along one axis; weights sum to 1.
struct ResampleTable {
  var first: [Int] = []
  var start: [Int] = [0]
  var weights: [Float] = []

  init(from size: Int, to target: Int) {
    let scale = Double(size) / Double(target)
    for i in 0..<target {
      if scale > 1 {
        let (low, high) = (Double(i) * scale, Double(i + 1) * scale)
        let (a, b) = (Int(low), min(size, Int(high.rounded(.up))))
        first.append(a)
        for s in a..<b {
          let overlap = min(high, Double(s + 1)) - max(low, Double(s))
          weights.append(Float(overlap / scale))
        }
      } else {
        let at = min(max((Double(i) + 0.5) * scale - 0.5, 0), Double(size - 1))
        let a = min(Int(at), max(0, size - 2))
        first.append(a)
        weights.append(Float(1 - (at - Double(a))))
        if size > 1 { weights.append(Float(at - Double(a))) }
      }
      start.append(weights.count)
    }
  }
}
