import Glibc
import Imaging

/// Cuts slices through the patient and marks lungs and lesions on the way.
struct CTRenderer {
  let anatomy: CTAnatomy
  let vessels: CTVessels
  let lesions: [CTLesion]
  let size: Int
  let pixel: Double
  let thickness: Double
  private(set) var truth: [UInt8] = []
  private(set) var right: [UInt8] = []
  private(set) var left: [UInt8] = []
  private(set) var air: [UInt8] = []
  private(set) var seen: Set<CTLesionKind> = []
  var pneumothorax: CTPhantom.Pneumothorax?
  var bullae = CTBullae()

  init(
    anatomy: CTAnatomy, vessels: CTVessels, lesions: [CTLesion], size: Int, field: Double,
    thickness: Double
  ) {
    self.anatomy = anatomy
    self.vessels = vessels
    self.lesions = lesions
    self.size = size
    pixel = field / Double(size)
    self.thickness = thickness
  }

  func plane(z: Double) -> PlaneGeometry {
    let corner = -Double(size - 1) / 2 * pixel
    return PlaneGeometry(
      position: Vector3(corner, corner, z), rowDirection: Vector3(1, 0, 0),
      columnDirection: Vector3(0, 1, 0), spacing: PixelSpacing(row: pixel, column: pixel))
  }

  /// The slice before the scanner's blur and noise, HU; masks are appended.
  mutating func render(z: Double) -> Image {
    var result = Image(width: size, height: size, filling: -1000)
    let blood = vesselLayer(z: z)
    let near = lesions.filter { abs($0.centre.z - z) < $0.radius * 2.2 + thickness }
    let corner = -Double(size - 1) / 2 * pixel
    for row in 0..<size {
      for column in 0..<size {
        let p = Vector3(corner + Double(column) * pixel, corner + Double(row) * pixel, z)
        let at = row * size + column
        let skin = anatomy.bodyDepth(p)
        guard skin > -pixel else {
          append(nil, marked: false, outside: false)
          if p.y > anatomy.bodyB + 6 && p.y < anatomy.bodyB + 10 && abs(p.x) < 190 {
            result.pixels[at] = -350  // the couch
          }
          continue
        }
        let side: Side = p.x < 0 ? .right : .left
        let depth = anatomy.lungDepth(side, p)
        let cover = min(max(depth / pixel + 0.5, 0), 1)
        let outside = min(max(skin / pixel + 0.5, 0), 1)
        var value = 0.0
        if cover < 1 { value += (1 - cover) * anatomy.tissueHU(p, pixel: pixel) }
        var marked = false
        let gap = pneumothorax.flatMap { $0.side == side ? anatomy.gap($0, p) : nil } ?? -1
        if cover > 0 {
          var air = anatomy.lungHU(p, depth: depth)
          if let bulla = bullae.value(p, pixel: pixel) { air = bulla }
          for lesion in near {
            let share = lesion.share(p, pixel: pixel)
            guard share > 0.01 else { continue }
            air = max(air, air + share * (lesion.value(p) - air))
            if share > 0.5 && depth > 0 {
              marked = true
              seen.insert(lesion.kind)
            }
          }
          let alpha = Double(blood.pixels[at])
          air += alpha * max(0, 40 + 0.6 * anatomy.contrast - air)
          if pneumothorax?.side == side {
            // The lung sinks together, and its pleura is a line.
            let free = min(max(gap / pixel + 0.5, 0), 1)
            let line = exp(-gap * gap / 0.7) * min(1, 1 / pixel)
            air = free * -1000 + (1 - free) * (air + 60) + 350 * line
          }
          value += cover * air
        }
        let isFree = depth > 0 && gap > 0
        append(depth > 0 && !isFree ? side : nil, marked: marked && !isFree, outside: isFree)
        result.pixels[at] = Float(value * outside - 1000 * (1 - outside))
      }
    }
    return result
  }

  private mutating func append(_ side: Side?, marked: Bool, outside: Bool) {
    air.append(outside ? 1 : 0)
    right.append(side == .right ? 1 : 0)
    left.append(side == .left ? 1 : 0)
    truth.append(marked ? 1 : 0)
  }

  /// Share of each pixel that vessels fill, with a soft edge and slab averaging.
  private func vesselLayer(z: Double) -> Image {
    var layer = Image(width: size, height: size)
    let half = Double(size - 1) / 2
    for ball in vessels.near(z, reach: 4 + thickness / 2) {
      let dz = abs(ball.centre.z - z)
      let reach = ball.radius + thickness / 2
      guard dz < reach else { continue }
      let chord = (max(ball.radius * ball.radius - dz * dz, 0.1)).squareRoot()
      let slab = min(1, max(0.15, (reach - dz) / min(thickness, 2 * ball.radius)))
      let sigma = max(chord / pixel * 0.7, 0.45)
      let strength = Float(slab * min(1, chord / pixel / 0.6))
      let (cx, cy) = (ball.centre.x / pixel + half, ball.centre.y / pixel + half)
      let span = 2.5 * sigma
      let rows = max(0, Int(cy - span))...max(0, min(size - 1, Int(cy + span + 1)))
      let columns = max(0, Int(cx - span))...max(0, min(size - 1, Int(cx + span + 1)))
      for row in rows {
        for column in columns {
          let (dx, dy) = (Double(column) - cx, Double(row) - cy)
          let value = strength * Float(exp(-(dx * dx + dy * dy) / (2 * sigma * sigma)))
          let at = row * size + column
          if value > layer.pixels[at] { layer.pixels[at] = value }
        }
      }
    }
    return layer
  }
}
