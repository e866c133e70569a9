import Imaging

/// A picture at a network's input size, with the way back to the pixels it came from.
package struct PreparedImage: Sendable {
  /// Normalised intensity at the input size, before channels are derived.
  package var base: Image
  /// The lung mask at the input size; nil when the study has no usable mask.
  package var lung: Mask?
  /// The part of the source that the input covers.
  package let region: PixelRegion
  package let sourceWidth: Int
  package let sourceHeight: Int
  package let preparation: ImagePreparation
  /// Of the pixels of the source; nil where it is not known.
  package var spacing: PixelSpacing?

  package init(
    base: Image, lung: Mask?, region: PixelRegion, sourceWidth: Int, sourceHeight: Int,
    preparation: ImagePreparation
  ) {
    self.base = base
    self.lung = lung
    self.region = region
    self.sourceWidth = sourceWidth
    self.sourceHeight = sourceHeight
    self.preparation = preparation
  }

  /// The input of the network: channel-major, rows, columns (`CHW`), in the preparation's order.
  package var channelValues: [Float] {
    var values: [Float] = []
    values.reserveCapacity(preparation.channels.count * base.pixels.count)
    for channel in preparation.channels {
      switch channel {
      case .intensity: values += masked(base.pixels)
      case .detail: values += masked(LocalContrast.normalised(base).pixels)
      case .lung:
        values += lung?.bits.map(Float.init) ?? [Float](repeating: 0, count: base.pixels.count)
      }
    }
    return values
  }

  private func masked(_ pixels: [Float]) -> [Float] {
    guard preparation.lungOnly, let lung else { return pixels }
    return zip(pixels, lung.bits).map { $1 == 0 ? 0 : $0 }
  }

  /// What a cell of the input covers; nil where the spacing is not known.
  package var cellSquareMillimetres: Double? {
    spacing.map {
      $0.row * $0.column * region.width / Double(base.width) * region.height / Double(base.height)
    }
  }

  /// Indices of the cells inside the lung, ascending; of all cells without a mask.
  package var lungCells: [Int] {
    guard let lung else { return Array(base.pixels.indices) }
    return lung.bits.indices.filter { lung.bits[$0] != 0 }
  }

  /// A map over the input (at any resolution) laid over the source, bilinear; 0 where the network
  /// did not look.
  package func overSource(_ map: Image) -> Image {
    let across = Double(map.width) / region.width
    let down = Double(map.height) / region.height
    let span = PixelRegion(
      x: -region.x * across, y: -region.y * down, width: Double(sourceWidth) * across,
      height: Double(sourceHeight) * down)
    return map.resampled(span, width: sourceWidth, height: sourceHeight, fill: 0)
  }
}

/// Local contrast normalisation: what is left when exposure and large shadows are taken out.
enum LocalContrast {
  /// `(v - blur(v)) / (2 sqrt(blur((v - blur v)^2)) + 0.02)`, clipped to -1...1. The blur is a box
  /// of a sixteenth of the width applied twice; borders average what lies inside.
  static func normalised(_ image: Image) -> Image {
    let radius = max(1, image.width / 32)
    let smooth = blur(blur(image, radius), radius)
    var detail = image
    for index in detail.pixels.indices { detail.pixels[index] -= smooth.pixels[index] }
    var power = detail
    for index in power.pixels.indices { power.pixels[index] *= power.pixels[index] }
    power = blur(blur(power, 2 * radius), 2 * radius)
    for index in detail.pixels.indices {
      let deviation = max(0, power.pixels[index]).squareRoot()
      detail.pixels[index] = min(1, max(-1, detail.pixels[index] / (2 * deviation + 0.02)))
    }
    return detail
  }

  /// Box mean of `2 radius + 1` pixels, by running sums along each axis.
  static func blur(_ image: Image, _ radius: Int) -> Image {
    let width = image.width
    let height = image.height
    var rows = image
    var sums = [Double](repeating: 0, count: max(width, height) + 1)
    for row in 0..<height {
      for column in 0..<width { sums[column + 1] = sums[column] + Double(image[row, column]) }
      for column in 0..<width {
        let low = max(0, column - radius)
        let high = min(width, column + radius + 1)
        rows[row, column] = Float((sums[high] - sums[low]) / Double(high - low))
      }
    }
    var out = rows
    for column in 0..<width {
      for row in 0..<height { sums[row + 1] = sums[row] + Double(rows[row, column]) }
      for row in 0..<height {
        let low = max(0, row - radius)
        let high = min(height, row + radius + 1)
        out[row, column] = Float((sums[high] - sums[low]) / Double(high - low))
      }
    }
    return out
  }
}
