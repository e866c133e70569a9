import Imaging

extension Regions {
  /// The bodies of a CT series, strongest first.
  ///
  /// A slice stands for the tissue half-way to its neighbours along the normal, so that uneven gaps
  /// and a tilted gantry weigh right; a single slice counts with `thickness` mm. The share of the
  /// filter is one of the picture of a single slice.
  /// - Parameters:
  ///   - stack: columns, rows and planes of the series; its slices are not read.
  ///   - left, right: the lungs.
  ///   - map: one map a slice, at the columns and rows of the stack, the same whenever it is asked
  ///     for (twice, or once more under a relative threshold); nil where nothing was seen.
  package func extract(
    over stack: some SliceStack, left: MaskVolume?, right: MaskVolume?, thickness: Double = 1,
    map: (Int) throws -> Image?
  ) rethrows -> [VolumeRegion] {
    let (columns, rows, planes) = (stack.columns, stack.rows, stack.planes)
    let lungs = union(left, right)
    let level = try level {
      try planes.indices.reduce(0) { best, index in
        guard let own = try map(index) else { return best }
        return max(best, top(of: own.pixels, inside: lungs?[index].bits))
      }
    }
    var parted = MaskVolume(columns: columns, rows: rows, slices: planes.count)
    for index in planes.indices where !(lungs?.isEmpty(index) ?? false) {
      guard let own = try map(index) else { continue }
      parted[index] = Mask(
        width: columns, height: rows,
        bits: cut(own.pixels, at: level, inside: lungs?[index].bits))
    }
    let frame = lungs?.count ?? columns * rows * planes.count
    let least = max(1, Int((Double(frame) * smallestShare).rounded(.up)))
    let parts = Components(parted, connectivity: .all)
    let heights = SliceHeights(planes, thickness: thickness)
    var tallies = [BodyTally?](repeating: nil, count: parts.count)
    let runs = parts.runsByLabel
    for label in runs.indices where parts.sizes[label] >= least { tallies[label] = BodyTally() }
    try tally(&tallies, runs, planes: planes, heights: heights, map: map)
    let shapes = tallies.indices.compactMap { label in tallies[label].map { (label, $0) } }
      .filter { passes($1.count, of: columns * rows, mean: $1.mean) }
      .sorted { a, b in
        (a.1.peak, a.1.count, -a.1.slices.lowerBound) > (
          b.1.peak, b.1.count, -b.1.slices.lowerBound
        )
      }
    let volumes = (LungMillilitres(left, planes, heights), LungMillilitres(right, planes, heights))
    return shapes.prefix(most).map { label, shape in
      let body = parts.stack(of: [label])
      // Patient x grows to the patient's left, whatever way the picture lies.
      let plane = planes[shape.slices.lowerBound]
      let middle = plane.patientPoint(
        column: Double(columns - 1) / 2, row: Double(rows - 1) / 2)
      let centroid = shape.weighted * (1 / shape.volume)
      let side = side(
        of: body, left: left, right: right,
        otherwise: centroid.x > middle.x ? .left : .right)
      let lung = side == .left ? volumes.0.value : volumes.1.value
      let millilitres = shape.volume / 1000
      return VolumeRegion(
        body: body, slices: shape.slices, box: shape.box, centroid: centroid, side: side,
        voxels: shape.count, volumeMillilitres: millilitres,
        lungShare: lung.flatMap { $0 > 0 ? min(1, millilitres / $0) : nil },
        diameterMillimetres: BodyDiameter.largest(of: body, slices: shape.slices, planes: planes),
        peak: shape.peak, mean: Float(shape.mean))
    }
  }

  /// Slice by slice, what each body that stays holds of the map.
  private func tally(
    _ tallies: inout [BodyTally?], _ runs: [[Components.Run]], planes: [PlaneGeometry],
    heights: SliceHeights, map: (Int) throws -> Image?
  ) rethrows {
    var bySlice: [Int: [(label: Int, run: Components.Run)]] = [:]
    for label in tallies.indices where tallies[label] != nil {
      for run in runs[label] { bySlice[Int(run.slice), default: []].append((label, run)) }
    }
    for (index, found) in bySlice.sorted(by: { $0.key < $1.key }) {
      guard let own = try map(index) else { continue }
      for (label, run) in found {
        tallies[label]?.add(
          run, values: own, plane: planes[index], height: heights.millimetres[index])
      }
    }
  }

  private func union(_ a: MaskVolume?, _ b: MaskVolume?) -> MaskVolume? {
    guard let a else { return b }
    return b.map(a.union) ?? a
  }

  /// The lung that holds more of the body; `otherwise` where none does.
  private func side(
    of body: MaskVolume, left: MaskVolume?, right: MaskVolume?, otherwise: Side
  ) -> Side {
    var (onLeft, onRight) = (0, 0)
    for index in 0..<body.slices where !body.isEmpty(index) {
      let own = body[index]
      onLeft += left.map { own.intersection($0[index]).count } ?? 0
      onRight += right.map { own.intersection($0[index]).count } ?? 0
    }
    return onLeft == onRight ? otherwise : onLeft > onRight ? .left : .right
  }
}

/// What is known of a body while its slices pass by.
private struct BodyTally {
  private(set) var count = 0
  private(set) var peak = -Float.infinity
  private var sum = 0.0
  /// mm3, and the voxel centres weighted by it.
  private(set) var volume = 0.0
  private(set) var weighted = Vector3(0, 0, 0)
  private var low = (column: Int.max, row: Int.max, slice: Int.max)
  private var high = (column: 0, row: 0, slice: 0)

  var mean: Double { sum / Double(max(1, count)) }
  var slices: ClosedRange<Int> { low.slice...high.slice }
  var box: PixelBox {
    PixelBox(
      column: low.column, row: low.row, width: high.column - low.column + 1,
      height: high.row - low.row + 1)
  }

  mutating func add(
    _ run: Components.Run, values: Image, plane: PlaneGeometry, height: Double
  ) {
    let (begin, end, row) = (Int(run.begin), Int(run.end), Int(run.row))
    low = (min(low.column, begin), min(low.row, row), min(low.slice, Int(run.slice)))
    high = (max(high.column, end - 1), max(high.row, row), max(high.slice, Int(run.slice)))
    for column in begin..<end {
      let value = values.pixels[row * values.width + column]
      peak = max(peak, value)
      sum += Double(value)
    }
    let share = plane.spacing.row * plane.spacing.column * height * Double(end - begin)
    let centre = plane.patientPoint(column: Double(begin + end - 1) / 2, row: Double(row))
    weighted = weighted + centre * share
    volume += share
    count += end - begin
  }
}

/// The volume of one lung.
private struct LungMillilitres {
  let value: Double?

  init(_ lung: MaskVolume?, _ planes: [PlaneGeometry], _ heights: SliceHeights) {
    value = lung.map { lung in
      planes.indices.reduce(0.0) { sum, index in
        let area = planes[index].spacing.row * planes[index].spacing.column
        return sum + Double(lung.count(index)) * area * heights.millimetres[index] / 1000
      }
    }
  }
}

/// The largest diameter of a body within a slice, as readers measure it.
private enum BodyDiameter {
  /// Between the outer edges of the pixels furthest apart, mm, over all slices.
  static func largest(
    of body: MaskVolume, slices: ClosedRange<Int>, planes: [PlaneGeometry]
  ) -> Double {
    slices.reduce(0) { best, index in
      body.isEmpty(index) ? best : max(best, across(body[index], planes[index].spacing))
    }
  }

  /// The ends of rows hold the corners of the hull; the hull has few points.
  private static func across(_ mask: Mask, _ spacing: PixelSpacing) -> Double {
    var corners: [(x: Double, y: Double)] = []
    for row in 0..<mask.height {
      var (first, last) = (-1, -1)
      for column in 0..<mask.width where mask.bits[row * mask.width + column] != 0 {
        if first < 0 { first = column }
        last = column
      }
      guard first >= 0 else { continue }
      for y in [row, row + 1] {
        corners.append((Double(first) * spacing.column, Double(y) * spacing.row))
        corners.append((Double(last + 1) * spacing.column, Double(y) * spacing.row))
      }
    }
    let hull = ConvexHull.of(corners)
    var best = 0.0
    for (index, a) in hull.enumerated() {
      for b in hull[(index + 1)...] {
        best = max(best, ((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)).squareRoot())
      }
    }
    return best
  }
}

/// Andrew's monotone chain.
private enum ConvexHull {
  static func of(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
    let sorted = points.sorted { ($0.x, $0.y) < ($1.x, $1.y) }
    guard sorted.count > 2 else { return sorted }
    func chain(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
      var hull: [(x: Double, y: Double)] = []
      for point in points {
        while hull.count > 1 {
          let (a, b) = (hull[hull.count - 2], hull[hull.count - 1])
          let turn = (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x)
          if turn > 0 { break }
          hull.removeLast()
        }
        hull.append(point)
      }
      return Array(hull.dropLast())
    }
    return chain(sorted) + chain(sorted.reversed())
  }
}

/// How much of the patient, along the normal, each slice stands for.
package struct SliceHeights: Sendable {
  package let millimetres: [Double]

  /// Half the gap to each neighbour; the outermost slices mirror their one gap.
  package init(_ planes: [PlaneGeometry], thickness: Double) {
    let positions = planes.map { $0.position.dot($0.normal) }
    millimetres = positions.indices.map { index in
      let below = index > 0 ? abs(positions[index] - positions[index - 1]) : nil
      let above =
        index + 1 < positions.count ? abs(positions[index + 1] - positions[index]) : nil
      guard let gap = below ?? above else { return thickness }
      return ((below ?? gap) + (above ?? gap)) / 2
    }
  }
}
