import Imaging

/// Pneumothorax in chest CT by anatomy alone, without training: emptier than any lung, against the
/// chest wall over a wide arc, between it and the lung.
///
/// The air of a pneumothorax is part of the air space that `CTLungs` finds on a side, since the
/// pleura between them is thinner than a pixel. Bullae and emphysema are as empty; they lie inside the
/// lung and meet the wall at a small part of their surface.
package enum CTPneumothorax {
  /// Stable: the method that findings record.
  package static let method = "anatomy"
  /// Raised whenever another body of air would be found.
  package static let version = "1"

  /// The free air on one side.
  package struct Finding: Sendable {
    package let side: Side
    package let air: MaskVolume
    package let millilitres: Double
    /// Of the air space of the side, lung and free air together, `0...1`.
    package let share: Double
    /// Lung and free air of the side.
    fileprivate let space: MaskVolume
    fileprivate let grid: CTGrid
  }

  /// Of the blur that takes noise out, over the air space alone, mm.
  static let sigma = 2.0
  /// On the way from -1000 HU to the patient's own lung, free air is sought below the first share, so
  /// that noise and mosaic do not reach it, and reaches to the second: half-way, where the border of
  /// air and lung lies.
  static let shares: (sought: Float, reached: Float) = (0.33, 0.5)
  /// The first of them lies within these bounds, HU: emphysema is called so below -950.
  static let limits: ClosedRange<Float> = -970...(-940)
  /// A body of air counts from this size on, ml, and when so large a part of its outline within the
  /// slices meets the chest wall.
  static let leastMillilitres = 8.0
  static let leastWallShare = 0.38
  /// Gas in stomach and bowel has tissue around it; free air has lung beside it over so large a part of
  /// the rest of its outline, unless it is so much that the lung has gone to the hilum.
  static let leastLungShare = 0.65
  static let wholeSideMillilitres = 500.0
  /// What is denser is no aerated lung, HU.
  static let tissue: Float = -500
  /// Across the rest of its outline, density rises within `rim` mm by so much of the way from air to the
  /// patient's lung: the pleura is sharp, mosaic perfusion and emphysema fade.
  static let leastStep: Float = 0.33
  static let rim = 5.0
  /// Thinner layers are partial volume, mm.
  static let leastDepth = 2.0
  /// What partial volume takes from the border of the air beside soft tissue: so many pixels and mm.
  static let border = (pixels: 2.0, millimetres: 1.5)

  /// Reads each slice with lung in it once, every fourth twice.
  ///
  /// - Parameter thickness: of a single slice, mm.
  /// - Returns: one finding a side that has any, the larger first. Throws what reading a slice throws.
  package static func find(
    in stack: some SliceStack, lungs: LungVolume, thickness: Double = 1
  ) throws -> [Finding] {
    let grid = CTGrid(stack.columns, stack.rows, stack.planes, thickness: thickness)
    let sides: [(side: Side, space: MaskVolume)] = [(.left, lungs.left), (.right, lungs.right)]
    let none = MaskVolume(columns: stack.columns, rows: stack.rows, slices: stack.slices)
    var empty = [none, none]
    var wide = [none, none]
    let limit = try limits(stack, lungs)
    for slice in 0..<stack.slices where sides.contains(where: { !$0.space.isEmpty(slice) }) {
      let image = try stack.slice(slice)
      for (index, side) in sides.enumerated() where !side.space.isEmpty(slice) {
        let smooth = Self.smoothed(image, inside: side.space[slice], grid: grid)
        empty[index][slice] = smooth.below(limit.sought)
          .opened(radius: min(max(1, leastDepth / 2 / grid.pixel), 20))
        wide[index][slice] = smooth.below(limit.reached)
      }
    }
    return try sides.indices.compactMap { index in
      try finding(
        sides[index].side, in: stack, space: sides[index].space, empty: empty[index],
        wide: wide[index], lung: limit.lung, grid: grid)
    }.sorted { $0.millilitres > $1.millilitres }
  }

  /// The mean HU around each pixel of the air space, of that space alone, its rim left out; 0 elsewhere.
  private static func smoothed(_ image: Image, inside space: Mask, grid: CTGrid) -> Image {
    let inner = space.eroded(radius: 1)
    var inside = image
    for at in inside.pixels.indices where inner.bits[at] == 0 { inside.pixels[at] = 0 }
    let sigma = sigma / grid.pixel
    var (sums, shares) = (inside.blurred(sigma: sigma), inner.image.blurred(sigma: sigma))
    for at in sums.pixels.indices {
      sums.pixels[at] = inner.bits[at] == 0 ? 0 : sums.pixels[at] / shares.pixels[at]
    }
    return sums
  }

  /// By the median of what is no air, over every fourth slice.
  private static func limits(
    _ stack: some SliceStack, _ lungs: LungVolume
  ) throws -> (sought: Float, reached: Float, lung: Float) {
    var values: [Float] = []
    for slice in stride(from: 0, to: stack.slices, by: 4) {
      let space = lungs.left[slice].union(lungs.right[slice])
      guard !space.isEmpty else { continue }
      let inside = try stack.slice(slice).blurred(sigma: 1).values(inside: space.eroded(radius: 2))
      values += inside.enumerated().compactMap { $0 % 7 == 0 && $1 > -940 ? $1 : nil }
    }
    let lung = values.isEmpty ? -860 : Statistics.median(values)
    func limit(_ share: Float) -> Float { -1000 + share * (lung + 1000) }
    let sought = min(max(limit(shares.sought), limits.lowerBound), limits.upperBound)
    return (sought, max(sought, limit(shares.reached)), lung)
  }

  private static func finding(
    _ side: Side, in stack: some SliceStack, space: MaskVolume, empty: MaskVolume,
    wide: MaskVolume, lung: Float, grid: CTGrid
  ) throws -> Finding? {
    let parts = Components(empty, connectivity: .faces)
    let large = parts.sizes.indices.filter {
      Double(parts.sizes[$0]) * grid.voxelMillilitres >= leastMillilitres
    }
    guard !large.isEmpty else { return nil }
    let outline = AirOutline(space: space, grid: grid)
    var tallies = [AirOutline.Tally](repeating: .init(), count: parts.count)
    for slice in 0..<space.slices where !empty.isEmpty(slice) {
      let soft = smoothed(try stack.slice(slice), inside: space[slice], grid: grid)
      outline.count(parts, in: slice, soft: soft, to: &tallies)
    }
    let free = large.filter {
      let size = Double(parts.sizes[$0]) * grid.voxelMillilitres
      return tallies[$0].wallShare >= leastWallShare
        && (tallies[$0].lungShare >= leastLungShare || size >= wholeSideMillilitres)
        && tallies[$0].step >= leastStep * (lung + 1000)
    }
    guard !free.isEmpty else { return nil }
    let air = grown(parts.stack(of: Set(free)), to: wide, in: space, grid: grid)
    let millilitres = Double(air.count) * grid.voxelMillilitres
    return Finding(
      side: side, air: air, millilitres: millilitres,
      share: Double(air.count) / Double(max(1, space.count)), space: space, grid: grid)
  }

  /// To the border of the lung, and to the chest wall.
  private static func grown(
    _ air: MaskVolume, to wide: MaskVolume, in space: MaskVolume, grid: CTGrid
  ) -> MaskVolume {
    let radius = grid.border
    var whole = air
    for slice in 0..<air.slices where !air.isEmpty(slice) {
      let edge = space[slice].subtracting(space[slice].eroded(radius: radius))
      let near = air[slice].dilated(radius: radius)
      whole[slice] = air[slice].union(near.intersection(edge.union(wide[slice])))
    }
    return whole
  }
}

extension CTPneumothorax.Finding {
  /// The largest distance of free air from the chest wall within a slice, in steps of 2 mm: by erosion of
  /// the air space, which costs more than the search.
  package var depthMillimetres: Double {
    var deepest = 0.0
    let step = 2.0
    for slice in 0..<air.slices where !air.isEmpty(slice) {
      let (own, whole) = (air[slice], space[slice])
      while deepest < 200 {
        let radius = (deepest + step) / grid.pixel
        guard radius < 1000, !own.intersection(whole.eroded(radius: radius)).isEmpty else { break }
        deepest += step
      }
    }
    return deepest
  }
}

extension Image {
  /// Below `limit`, where it is not 0.
  fileprivate func below(_ limit: Float) -> Mask {
    Mask(width: width, height: height, bits: pixels.map { $0 < limit ? 1 : 0 })
  }
}

extension CTGrid {
  /// In pixels.
  fileprivate var border: Double {
    CTPneumothorax.border.pixels + min(CTPneumothorax.border.millimetres / pixel, 50)
  }
}

/// Where the outline of a body of air runs along the chest wall, and how sharp it is elsewhere.
private struct AirOutline {
  let space: MaskVolume
  let grid: CTGrid

  struct Tally {
    var wall = 0
    var inside = 0
    var lung = 0
    var rise: Float = 0

    /// Of the outline within the slices, the part beside what is not air space.
    var wallShare: Double { Double(wall) / Double(max(1, wall + inside)) }
    /// Of the rest, the part beyond which lung lies.
    var lungShare: Double { Double(lung) / Double(max(1, inside)) }
    /// HU, the mean over the rest.
    var step: Float { rise / Float(max(1, inside)) }
  }

  func count(_ parts: Components, in slice: Int, soft: Image, to tallies: inout [Tally]) {
    let labels = parts.labels(inSlice: slice)
    let bits = space[slice].bits
    let (columns, rows) = (grid.columns, grid.rows)
    let reach = max(2, Int((CTPneumothorax.rim / grid.pixel).rounded()))
    for row in 0..<rows {
      for column in 0..<columns {
        let label = Int(labels[row * columns + column]) - 1
        guard label >= 0 else { continue }
        for (dy, dx) in [(-1, 0), (1, 0), (0, -1), (0, 1)] {
          let (y, x) = (row + dy, column + dx)
          guard y >= 0, x >= 0, y < rows, x < columns, Int(labels[y * columns + x]) - 1 != label
          else { continue }
          // What partial volume took from the border of the air lies between it and the wall.
          if reachesWall(bits, y, x, dy, dx) {
            tallies[label].wall += 1
          } else {
            tallies[label].inside += 1
            let (far, wide) = (row + dy * reach, column + dx * reach)
            guard far >= 0, wide >= 0, far < rows, wide < columns else { continue }
            let outer = soft.pixels[far * columns + wide]
            // Beyond the air space lies tissue: denser than any lung.
            let rise = outer == 0 ? 100 : outer - soft.pixels[row * columns + column]
            if outer < CTPneumothorax.tissue { tallies[label].lung += 1 }
            tallies[label].rise += min(max(rise, 0), 200)
          }
        }
      }
    }
  }

  /// Whether the way straight on leaves the air space within the border.
  private func reachesWall(_ inside: [UInt8], _ y: Int, _ x: Int, _ dy: Int, _ dx: Int) -> Bool {
    for step in 0..<max(1, Int(grid.border.rounded())) {
      let (row, column) = (y + step * dy, x + step * dx)
      guard row >= 0, column >= 0, row < grid.rows, column < grid.columns else { return true }
      if inside[row * grid.columns + column] == 0 { return true }
    }
    return false
  }
}
