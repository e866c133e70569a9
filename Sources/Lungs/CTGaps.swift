import Imaging

/// Brings back what density left out of a lung: vessels, small lesions, notches at the border.
struct CTGaps: Sendable {
  let grid: CTGrid

  func close(left: Mask, right: Mask, body: Mask, airways: Mask) -> (left: Mask, right: Mask) {
    let radius = min(CTLungs.closingMillimetres / grid.pixel, 100)
    let both = left.union(right)
    func finish(_ side: Mask, _ other: Mask) -> Mask {
      guard let box = side.boundingBox else { return side }
      let margin = Int(radius) + 2
      let wide = PixelBox(
        column: box.column - margin, row: box.row - margin, width: box.width + 2 * margin,
        height: box.height + 2 * margin)
      // A larger hole is no vessel: near the base the lung may ring the dome of the liver.
      let closed = side.cropped(to: wide).closed(radius: radius)
        .fillingHoles(maximumArea: Int(1500 / (grid.row * grid.column)))
      var result = side
      for y in 0..<closed.height {
        for x in 0..<closed.width where closed.bits[y * closed.width + x] != 0 {
          let (row, column) = (y + wide.row, x + wide.column)
          guard row >= 0, column >= 0, row < side.height, column < side.width else { continue }
          result.bits[row * side.width + column] = 1
        }
      }
      return result.intersection(body).subtracting(other).subtracting(airways.subtracting(both))
    }
    let newLeft = finish(left, right)
    return (newLeft, finish(right, newLeft))
  }
}
