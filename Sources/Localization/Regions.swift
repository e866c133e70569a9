import Imaging
import Networks

/// Where to cut a map.
package enum MapThreshold: Sendable, Hashable {
  /// At this value of the map.
  case absolute(Float)
  /// At this share of the map's largest value inside the lung.
  case relative(Float)
}

/// From a map to regions.
package struct Regions: Sendable {
  package var threshold: MapThreshold
  /// Regions smaller than this share of the lungs (of the picture without a mask) are dropped.
  package var smallestShare: Double
  /// At most this many regions, the strongest (peak, then area) first.
  package var most: Int
  /// Side of the patient on the picture's left, for regions that no lung mask places: right on a
  /// standard frontal film. nil gives such regions no side.
  package var pictureLeft: Side?
  /// What else drops regions, of maps that are probabilities; nil for nothing.
  package var filter: RegionFilter?

  /// `smallestShare` that films and single slices are scored and evaluated with.
  package static let filmShare = 0.002
  /// That of whole series: about 0.1 ml of an adult's lungs.
  package static let seriesShare = 2e-5

  package init(
    threshold: MapThreshold, smallestShare: Double = filmShare, most: Int = 8,
    pictureLeft: Side? = .right, filter: RegionFilter? = nil
  ) {
    self.threshold = threshold
    self.smallestShare = smallestShare
    self.most = most
    self.pictureLeft = pictureLeft
    self.filter = filter
  }

  /// As a model package says of a label; nil when it makes no map. Where a segmentation network draws, its
  /// own section says what is too small, and `smallestShare` does not count.
  package init?(model: ModelDescription, label: Int = 0, smallestShare: Double = filmShare) {
    guard let map = model.shownMap(ofLabel: label) else { return nil }
    self.init(
      threshold: .absolute(Float(map.threshold)),
      smallestShare: model.segmentation == nil && model.nodules == nil ? smallestShare : 0,
      filter: model.segmentation.map(RegionFilter.init))
  }

  /// The regions of a radiograph. `map` lies over the source picture pixel by pixel; the lungs
  /// have its size. Values at or below zero never count. Strongest first.
  package func extract(
    from map: Image, leftLung: Mask? = nil, rightLung: Mask? = nil, inside lung: Mask? = nil,
    spacing: PixelSpacing? = nil
  ) -> [Region] {
    let inside = lung?.bits ?? union(leftLung, rightLung)
    let bits = cut(map.pixels, at: level { top(of: map.pixels, inside: inside) }, inside: inside)
    let frame = inside.map { $0.reduce(into: 0) { $0 += Int($1) } } ?? map.pixels.count
    let least = max(1, Int((Double(frame) * smallestShare).rounded(.up)))
    let bodies = ConnectedBodies.indices(
      Mask(width: map.width, height: map.height, bits: bits))
    // Masks are made of those alone that stay: a noisy map has thousands of crumbs.
    let shapes = bodies.filter { $0.count >= least }.map {
      BodyShape($0, columns: map.width, rows: map.height, values: map.pixels)
    }.filter { passes($0.body.count, of: map.pixels.count, mean: Double($0.mean)) }
    let ordered = shapes.sorted {
      ($0.peak, $0.body.count, -$0.box.row, -$0.box.column) > (
        $1.peak, $1.body.count, -$1.box.row, -$1.box.column
      )
    }
    return ordered.prefix(most).map { shape in
      region(shape, map: map, left: leftLung, right: rightLung, lung: inside, spacing: spacing)
    }
  }

  /// Whether the filter, if there is one, lets a region of so many pixels through.
  func passes(_ area: Int, of picture: Int, mean: Double) -> Bool {
    filter?.keeps(area: area, of: picture, mean: mean) ?? true
  }

  /// The value that the map is cut at; `top` is its largest inside the lung, asked for where it counts.
  func level(top: () throws -> Float) rethrows -> Float {
    switch threshold {
    case .absolute(let value): value
    case .relative(let share): share * (try top())
    }
  }

  /// The largest value of a map inside the lung; 0 where none is above.
  func top(of values: [Float], inside: [UInt8]?) -> Float {
    var top: Float = 0
    for index in values.indices where (inside?[index] ?? 1) != 0 { top = max(top, values[index]) }
    return top
  }

  /// 1 where the map reaches the level inside the lung.
  func cut(_ values: [Float], at level: Float, inside: [UInt8]?) -> [UInt8] {
    values.indices.map { index in
      values[index] > 0 && values[index] >= level && (inside?[index] ?? 1) != 0 ? 1 : 0
    }
  }

  private func union(_ a: Mask?, _ b: Mask?) -> [UInt8]? {
    guard let a else { return b?.bits }
    guard let b else { return a.bits }
    return zip(a.bits, b.bits).map { $0 | $1 }
  }

  private func region(
    _ shape: BodyShape, map: Image, left: Mask?, right: Mask?, lung: [UInt8]?,
    spacing: PixelSpacing?
  ) -> Region {
    let body = shape.body
    var mask = Mask(width: map.width, height: map.height)
    for index in body { mask.bits[index] = 1 }
    let side = side(
      of: body, left: left?.bits, right: right?.bits,
      otherwise: pictureLeft.map { shape.column < Double(map.width) / 2 ? $0 : $0.opposite })
    let whole = lungSize(side, left: left, right: right, lung: lung)
    return Region(
      mask: mask, box: shape.box, centroidColumn: shape.column, centroidRow: shape.row, side: side,
      areaPixels: body.count,
      areaSquareMillimetres: spacing.map { Double(body.count) * $0.row * $0.column },
      lungShare: whole.flatMap { $0 > 0 ? Double(body.count) / Double($0) : nil },
      peak: shape.peak, mean: shape.mean)
  }

  private func lungSize(_ side: Side?, left: Mask?, right: Mask?, lung: [UInt8]?) -> Int? {
    switch side {
    case .left: if let left { return left.count }
    case .right: if let right { return right.count }
    case nil: break
    }
    return lung.map { $0.reduce(into: 0) { $0 += Int($1) } }
  }

  /// The lung that holds more of the body; `otherwise` where none does.
  func side(of body: [Int], left: [UInt8]?, right: [UInt8]?, otherwise: Side?) -> Side? {
    let inLeft = left.map { bits in body.reduce(0) { $0 + Int(bits[$1]) } } ?? 0
    let inRight = right.map { bits in body.reduce(0) { $0 + Int(bits[$1]) } } ?? 0
    if inLeft != inRight { return inLeft > inRight ? .left : .right }
    return otherwise
  }
}

/// Box, centroid and map statistics of a body.
struct BodyShape {
  /// Linear indices of its cells, ascending.
  let body: [Int]
  let box: PixelBox
  let column: Double
  let row: Double
  let peak: Float
  let mean: Float

  init(_ body: [Int], columns: Int, rows: Int, values: [Float]) {
    self.body = body
    var (x0, x1, y0, y1) = (columns, 0, rows, 0)
    var (sumX, sumY, sum) = (0, 0, 0.0)
    var top = -Float.infinity
    for index in body {
      let x = index % columns
      let y = index / columns
      (x0, x1, y0, y1) = (min(x0, x), max(x1, x), min(y0, y), max(y1, y))
      sumX += x
      sumY += y
      sum += Double(values[index])
      top = max(top, values[index])
    }
    box = PixelBox(column: x0, row: y0, width: x1 - x0 + 1, height: y1 - y0 + 1)
    column = Double(sumX) / Double(body.count)
    row = Double(sumY) / Double(body.count)
    peak = top
    mean = Float(sum / Double(body.count))
  }
}
