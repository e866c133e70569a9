import Glibc
import Imaging

/// One lung cut out of its film and turned so that the chest wall lies to the right: rows from
/// the apex down, columns from the mediastinum outwards. Lengths are in pixels.
struct LungField: Sendable {
  /// Directions seen from the hilum: number i points along (i / count * 2 - 1) * pi.
  static let directions = 720

  let box: PixelBox
  /// The film's columns run against ours.
  let flipped: Bool
  /// The cleaned lung: its largest body without holes.
  let mask: Mask
  /// Signed distance to the lung's border, positive inside, its corners rounded.
  let depth: Image
  /// The same, rounded more: what the surface of a collapsed lung follows.
  let surface: Image
  let hilum: FilmPoint
  /// Direction of the apex, in radians.
  let apexAngle: Double
  /// Pixels in one pixel of a film 320 pixels wide.
  let scale: Double
  /// Distance from the hilum to the lung's outermost pixel, by direction.
  let reach: [Double]
  let area: Int

  /// - Parameter wallIsRight: the chest wall of this lung lies to the right on the film.
  /// Throws `PaintingError.lungArea` for a mask that cannot be a lung.
  init(_ lung: Mask, wallIsRight: Bool) throws {
    let parts = Components(lung, connectivity: .faces)
    guard let largest = parts.largest(1).first else { throw PaintingError(.lungArea) }
    let cleaned = parts.mask(of: largest).fillingHoles()
    area = cleaned.count
    let share = Double(area) / Double(lung.bits.count)
    guard share > 0.015, share < 0.45, let bounds = cleaned.boundingBox else {
      throw PaintingError(.lungArea)
    }
    scale = Double(max(lung.width, lung.height)) / 320
    box = Self.padded(bounds, by: Int((16 * scale).rounded(.up)), in: lung)
    flipped = !wallIsRight
    let crop = cleaned.cropped(to: box)
    mask = flipped ? crop.mirrored : crop
    let distance = DistanceTransform.signed(mask)
    depth = distance.blurred(sigma: 1.2 * scale)
    surface = distance.blurred(sigma: 3 * scale)
    let place = Self.landmarks(mask)
    hilum = place.hilum
    apexAngle = atan2(place.apex.y - hilum.y, place.apex.x - hilum.x)
    reach = Self.reach(of: mask, from: place.hilum)
  }

  private static func padded(_ box: PixelBox, by pad: Int, in film: Mask) -> PixelBox {
    let (left, top) = (max(0, box.column - pad), max(0, box.row - pad))
    return PixelBox(
      column: left, row: top, width: min(film.width, box.column + box.width + pad) - left,
      height: min(film.height, box.row + box.height + pad) - top)
  }

  /// The hilum lies at the inner border, half way down; the apex is the middle of the top rows.
  private static func landmarks(_ mask: Mask) -> (hilum: FilmPoint, apex: FilmPoint) {
    let inner = (0..<mask.height).map { row in
      (0..<mask.width).first { mask[row, $0] }
    }
    let rows = inner.indices.filter { inner[$0] != nil }
    let (top, bottom) = (rows.first ?? 0, rows.last ?? 0)
    let height = Double(bottom - top + 1)
    let middle = Double(top) + 0.5 * height
    let near = rows.filter { abs(Double($0) - middle) <= 0.06 * height }
    let columns = near.compactMap { inner[$0] }.sorted()
    let column = columns.isEmpty ? 0 : columns[columns.count / 2]
    var (sum, count) = (0.0, 0.0)
    for row in top...min(bottom, top + Int(0.03 * height)) {
      for x in 0..<mask.width where mask[row, x] {
        sum += Double(x)
        count += 1
      }
    }
    return (
      FilmPoint(x: Double(column), y: middle), FilmPoint(x: sum / max(count, 1), y: Double(top))
    )
  }

  private static func reach(of mask: Mask, from hilum: FilmPoint) -> [Double] {
    let limit = Double(mask.width + mask.height)
    let far = (0..<directions).map { number -> Double in
      let angle = (Double(number) / Double(directions) * 2 - 1) * .pi
      let (dx, dy) = (cos(angle), sin(angle))
      var last = 1.0
      var radius = 1.0
      while radius < limit {
        let (x, y) = (
          Int((hilum.x + radius * dx).rounded()), Int((hilum.y + radius * dy).rounded())
        )
        guard x >= 0, y >= 0, x < mask.width, y < mask.height else { break }
        if mask[y, x] { last = radius }
        radius += 0.5
      }
      return last
    }
    return smoothedAround(far, sigma: 4)
  }

  /// Gaussian smoothing of values around the circle; sigma in directions.
  static func smoothedAround(_ values: [Double], sigma: Double) -> [Double] {
    let reach = Int(3 * sigma)
    let kernel = (-reach...reach).map { exp(-Double($0 * $0) / (2 * sigma * sigma)) }
    let total = kernel.reduce(0, +)
    return values.indices.map { at in
      var sum = 0.0
      for (k, weight) in kernel.enumerated() {
        sum += weight * values[(at + k - reach + values.count) % values.count]
      }
      return sum / total
    }
  }

  /// The part of the film under this field, turned as the field is.
  func cut(_ film: Image) -> Image {
    let crop = film.cropped(to: box)
    return flipped ? crop.mirrored : crop
  }

  /// Puts pixels of the field back where the lung is.
  func put(_ field: Image, into film: inout Image) {
    for row in 0..<mask.height {
      for x in 0..<mask.width where mask.bits[row * mask.width + x] != 0 {
        let column = box.column + (flipped ? mask.width - 1 - x : x)
        film.pixels[(box.row + row) * film.width + column] = field.pixels[row * mask.width + x]
      }
    }
  }

  /// A mask of the field at the film's size.
  func onFilm(_ part: Mask, width: Int, height: Int) -> Mask {
    var result = Mask(width: width, height: height)
    for row in 0..<part.height {
      for x in 0..<part.width where part.bits[row * part.width + x] != 0 {
        let column = box.column + (flipped ? part.width - 1 - x : x)
        result.bits[(box.row + row) * width + column] = 1
      }
    }
    return result
  }
}
