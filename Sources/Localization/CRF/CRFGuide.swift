import Imaging

/// The picture whose edges a dense CRF follows. Values are 0...255, as the sigmas are made for.
package enum CRFGuide: Sendable {
  /// One channel, in three dimensions (x, y, sqrt(3) g): the energy of `.replicated` at two thirds
  /// of the cost. The lattice approximates it otherwise: see `DenseCRF`.
  case grey(Image)
  /// One channel taken three times, in five dimensions: what pydensecrf makes of a grey picture.
  /// A difference of g counts three times: the sigma acts as if divided by sqrt(3).
  case replicated(Image)
  case color(ColorImage)

  package var width: Int {
    switch self {
    case .grey(let image), .replicated(let image): image.width
    case .color(let image): image.width
    }
  }

  package var height: Int {
    switch self {
    case .grey(let image), .replicated(let image): image.height
    case .color(let image): image.height
    }
  }

  /// Column and row over `sigma`: `[2][height * width]`.
  func positions(sigma: Float) -> [Float] {
    let (width, height) = (width, height)
    var features: [Float] = []
    features.reserveCapacity(2 * width * height)
    let columns = (0..<width).map { Float($0) / sigma }
    for _ in 0..<height { features += columns }
    for row in 0..<height { features += repeatElement(Float(row) / sigma, count: width) }
    return features
  }

  /// Intensities over `sigma`: `[1 or 3][height * width]`.
  func intensities(sigma: Float) -> [Float] {
    switch self {
    case .grey(let image):
      let factor = Float(3).squareRoot()
      return image.pixels.map { $0 * factor / sigma }
    case .replicated(let image):
      let plane = image.pixels.map { $0 / sigma }
      return plane + plane + plane
    case .color(let image):
      return (0..<3).flatMap { channel in
        stride(from: channel, to: image.bytes.count, by: 3).map { Float(image.bytes[$0]) / sigma }
      }
    }
  }
}
