import Glibc
import Imaging

/// One lung's picture taken apart: what stays in place when the lung falls back from the wall
/// (the large-scale shading and the ribs) and what goes with it (vessels and texture).
///
/// `base + fixed + detail` is the picture again.
struct FilmLayers: Sendable {
  /// Shading of the lung alone: neither chest wall nor mediastinum bleeds into it.
  let base: Image
  /// Ribs, and what lies on the body: leads, ports, buttons.
  let fixed: Image
  let detail: Image
  /// The detail without its finest structure: what a lung drawn together shows.
  let softDetail: Image
  /// Standard deviation of the finest structure, by the median.
  let grain: Float
  /// How far the lung stands out from the tissue around it, in grey.
  let contrast: Float

  /// Rib angles to the row direction, in degrees.
  private static let angles = stride(from: -65.0, through: 65, by: 10).map { $0 }

  init(_ picture: Image, lung: Mask, scale: Double) {
    let narrow = lung.eroded(radius: 1.5 * scale)
    let inside = narrow.isEmpty ? lung : narrow
    let base = Self.average(picture, inside: inside, sigma: 6.5 * scale)
    let rest = Self.sum(picture, base, -1)
    // Straight pieces find the ribs; around those, what is no brighter than they are is kept as
    // it is, so that bent ribs stay whole and their edges sharp.
    let side = 2 * max(1, Int(scale.rounded())) + 1
    var ribs = rest.blurred(sigma: 0.4 * scale).openedAlongLines(
      length: max(3, Int((19 * scale).rounded())), angles: Self.angles
    ).dilated(side: side)
    for at in ribs.pixels.indices { ribs.pixels[at] = min(ribs.pixels[at], rest.pixels[at]) }
    // An opening lies below its picture: most of the difference is shading, not vessels.
    let bias = Self.average(Self.sum(rest, ribs, -1), inside: inside, sigma: 7 * scale)
    ribs = Self.sum(ribs, bias, 0.75)
    let loose = Self.sum(rest, ribs, -1)
    let spread = 1.4826 * Statistics.median(loose.values(inside: inside).map(abs))
    let onBody = Self.bright(loose, above: max(16 / 255, 5 * spread), scale: scale)
    var (kept, carried) = (ribs, loose)
    for at in kept.pixels.indices {
      let part = onBody.pixels[at] * loose.pixels[at]
      kept.pixels[at] += part
      carried.pixels[at] -= part
    }
    (fixed, detail) = (kept, carried)
    softDetail = detail.blurred(sigma: 0.7 * scale)
    self.base = base
    let fine = Self.sum(picture, picture.blurred(sigma: 0.8), -1)
    contrast = Self.contrast(picture, inside: inside, lung: lung, scale: scale)
    grain = 1.4826 * Statistics.median(fine.values(inside: inside).map(abs))
  }

  /// Gaussian average over the pixels of the mask alone; defined everywhere.
  private static func average(_ image: Image, inside mask: Mask, sigma: Double) -> Image {
    let weight = mask.image.softlyBlurred(sigma: sigma)
    var masked = image
    for at in masked.pixels.indices where mask.bits[at] == 0 { masked.pixels[at] = 0 }
    var result = masked.softlyBlurred(sigma: sigma)
    for at in result.pixels.indices { result.pixels[at] /= max(weight.pixels[at], 1e-3) }
    return result
  }

  /// 1 around whatever is brighter than a limit, fading at its edge; vessels stay below it.
  private static func bright(_ detail: Image, above limit: Float, scale: Double) -> Image {
    let objects = Mask(detail, atLeast: limit)
    guard !objects.isEmpty else { return objects.image }
    return objects.dilated(radius: 2.5 * scale).image.blurred(sigma: 0.8 * scale)
  }

  private static func contrast(
    _ picture: Image, inside: Mask, lung: Mask, scale: Double
  ) -> Float {
    let around = lung.dilated(radius: 10 * scale).subtracting(lung.dilated(radius: 2 * scale))
    let tissue = Statistics.meanAndDeviation(picture.values(inside: around)).mean
    let air = Statistics.meanAndDeviation(picture.values(inside: inside)).mean
    return Float(tissue - air)
  }

  private static func sum(_ a: Image, _ b: Image, _ factor: Float) -> Image {
    var result = a
    for at in result.pixels.indices { result.pixels[at] += factor * b.pixels[at] }
    return result
  }
}

extension Image {
  /// Cubic value at a place in pixel-centre coordinates (Keys 1981, a = -1/2); exact at pixels.
  /// Places outside take the edge's value.
  func cubic(column: Float, row: Float) -> Float {
    let (x, y) = (floorf(column), floorf(row))
    let (wx, wy) = (Self.cubicWeights(column - x), Self.cubicWeights(row - y))
    let (x0, y0) = (Int(x), Int(y))
    var sum: Float = 0
    for j in 0..<4 {
      let line = min(max(y0 + j - 1, 0), height - 1) * width
      var part: Float = 0
      for i in 0..<4 { part += wx[i] * pixels[line + min(max(x0 + i - 1, 0), width - 1)] }
      sum += wy[j] * part
    }
    return sum
  }

  private static func cubicWeights(_ t: Float) -> SIMD4<Float> {
    let (t2, t3) = (t * t, t * t * t)
    return SIMD4(
      -0.5 * t + t2 - 0.5 * t3, 1 - 2.5 * t2 + 1.5 * t3, 0.5 * t + 2 * t2 - 1.5 * t3,
      -0.5 * t2 + 0.5 * t3)
  }
}
