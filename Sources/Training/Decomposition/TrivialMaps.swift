import Imaging
import Networks

/// Maps that need no training: what any method must be better than.
enum TrivialMaps {
  static let intensity = "intensity"
  static let openings = [3, 5, 7]

  static func openingName(_ side: Int) -> String { "opening \(side) x \(side)" }

  /// The normalised slice as it is.
  static func intensity(of image: PreparedImage) -> Image { image.base.inside(image.lung) }

  /// The slice opened by a square of `side` pixels, which takes vessels and fissures out, blurred by
  /// .68 pixels, less its median over the lungs. Pixels outside the lungs have no part in it.
  static func opening(of image: PreparedImage, side: Int) -> Image {
    let base = image.base
    let lung =
      image.lung
      ?? Mask(
        width: base.width, height: base.height, bits: base.pixels.map { _ in 1 })
    func filled(_ picture: Image, _ value: Float) -> Image {
      Image(
        width: base.width, height: base.height,
        pixels: zip(picture.pixels, lung.bits).map { $1 == 0 ? value : $0 })
    }
    let low = filled(base, .greatestFiniteMagnitude).eroded(side: side)
    let opened = filled(low, -.greatestFiniteMagnitude).dilated(side: side)
    let sums = filled(opened, 0).blurred(sigma: 0.68)
    let shares = lung.image.blurred(sigma: 0.68)
    var smooth = Image(width: base.width, height: base.height)
    for index in smooth.pixels.indices where lung.bits[index] != 0 {
      smooth.pixels[index] = sums.pixels[index] / shares.pixels[index]
    }
    let inside = smooth.values(inside: lung)
    let median = inside.isEmpty ? 0 : Statistics.median(inside)
    return filled(
      Image(
        width: base.width, height: base.height, pixels: smooth.pixels.map { $0 - median }), 0)
  }
}
