import Imaging

/// The picture whose edges a dense CRF follows. Values are 0...255, as the sigmas are made for.
package enum CRFGuide: Sendable {
  /// One channel, in three dimensions (x, y, sqrt(3) g): the energy of `.replicated`, a quarter
  /// faster. The lattice approximates it otherwise, about as well: see `DenseCRF`. On a noisy film
  /// of 512 x 512 with the published settings the two differ by 0.003 in the mean, and in 0.3 % of
  /// the labels.
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

  /// Column and row over `sigma`: `[2][height * width]`; and then, where asked for, intensities
  /// over their sigma: `[1 or 3][height * width]`.
  func features(position sigma: Float, intensity: Float? = nil) -> [Float] {
    let (width, height) = (width, height)
    var features: [Float] = []
    features.reserveCapacity(5 * width * height)
    let columns = (0..<width).map { Float($0) / sigma }
    for _ in 0..<height { features += columns }
    for row in 0..<height { features += repeatElement(Float(row) / sigma, count: width) }
    guard let intensity else { return features }
    switch self {
    case .grey(let image):
      let factor = Float(3).squareRoot()
      for pixel in image.pixels { features.append(pixel * factor / intensity) }
    case .replicated(let image):
      for _ in 0..<3 {
        for pixel in image.pixels { features.append(pixel / intensity) }
      }
    case .color(let image):
      for channel in 0..<3 {
        for at in stride(from: channel, to: image.bytes.count, by: 3) {
          features.append(Float(image.bytes[at]) / intensity)
        }
      }
    }
    return features
  }
}
