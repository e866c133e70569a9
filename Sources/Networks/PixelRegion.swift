import Imaging

/// A rectangle over an image in pixel-edge coordinates: pixel `i` covers `i ..< i + 1`.
///
/// It may reach beyond the image; what lies outside is filled when the region is resampled.
package struct PixelRegion: Sendable, Hashable, Codable {
  package var x: Double
  package var y: Double
  package var width: Double
  package var height: Double

  package init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// The whole of an image.
  package init(of image: Image) {
    self.init(x: 0, y: 0, width: Double(image.width), height: Double(image.height))
  }

  /// The smallest rectangle that holds every set pixel; nil for an empty mask.
  package init?(bounding mask: Mask) {
    var left = mask.width
    var right = -1
    var top = mask.height
    var bottom = -1
    for row in 0..<mask.height {
      for column in 0..<mask.width where mask[row, column] {
        left = min(left, column)
        right = max(right, column)
        top = min(top, row)
        bottom = row
      }
    }
    guard right >= 0 else { return nil }
    self.init(
      x: Double(left), y: Double(top), width: Double(right - left + 1),
      height: Double(bottom - top + 1))
  }

  /// Grown on every side by `margin` times its own width and height.
  package func grown(by margin: Double) -> PixelRegion {
    PixelRegion(
      x: x - width * margin, y: y - height * margin, width: width * (1 + 2 * margin),
      height: height * (1 + 2 * margin))
  }

  /// Widened or heightened about its centre until width over height is `aspect`.
  package func widened(toAspect aspect: Double) -> PixelRegion {
    if width / height < aspect {
      let wide = height * aspect
      return PixelRegion(x: x - (wide - width) / 2, y: y, width: wide, height: height)
    }
    let high = width / aspect
    return PixelRegion(x: x, y: y - (high - height) / 2, width: width, height: high)
  }

  /// Cut to the bounds of an image of the given size.
  package func clamped(width imageWidth: Int, height imageHeight: Int) -> PixelRegion {
    let left = max(0, x)
    let top = max(0, y)
    return PixelRegion(
      x: left, y: top, width: max(1, min(Double(imageWidth), x + width) - left),
      height: max(1, min(Double(imageHeight), y + height) - top))
  }
}
