import Tensors

/// Memory for the values of one lattice's vertices; number 0 stands for "no vertex" and stays 0.
///
/// The points are cut into bands by shape alone. Each spreads into memory of its own, and the
/// bands are summed in order: the same bits for any number of threads.
struct LatticeField: Sendable {
  let bandCount: Int
  /// Floats of one set of values.
  let size: Int
  private let bands: FloatMemory
  private let values: (FloatMemory, FloatMemory)

  init(_ lattice: PermutohedralLattice, floats: Int, bandCount: Int) {
    self.bandCount = bandCount
    size = (lattice.vertexCount + 1) * floats
    bands = FloatMemory(count: bandCount * FloatMemory.rounded(size))
    values = (FloatMemory(count: size), FloatMemory(count: size))
    bands.cells.fill(0, bands.count)
    values.0.cells.fill(0, size)
    values.1.cells.fill(0, size)
  }

  func band(_ index: Int) -> Cells { bands.cells + index * FloatMemory.rounded(size) }

  /// The two sets between which the blur goes back and forth.
  var ends: (Cells, Cells) { (values.0.cells, values.1.cells) }

  /// Adds the bands up into the first set, and empties them.
  func sum(threads: Int) {
    let field = self
    Parallel.forRanges(count: size, grain: 16384, width: threads) { range in
      let sums = field.ends.0.base
      for band in 0..<field.bandCount {
        let own = field.band(band).base
        if band == 0 {
          for at in range { sums[at] = own[at] }
        } else {
          for at in range { sums[at] += own[at] }
        }
        for at in range { own[at] = 0 }
      }
    }
  }
}

extension PermutohedralLattice {
  /// How many bands: few where the vertices are as many as the points.
  static func bandCount(points: Int, vertices: Int) -> Int {
    max(1, min(8, points / 16384, 4 * points / max(1, vertices)))
  }

  /// Filters `channels` planes: `[channels][count]` to the same shape.
  /// Throws `CRFError(.size)` where `values` holds another number of values.
  package func filter(
    _ values: [Float], channels: Int, threads: Int
  ) throws(CRFError) -> [Float] {
    guard channels > 0, values.count == channels * count else { throw CRFError(.size) }
    var planes = values
    planes.withUnsafeMutableBufferPointer { planes in
      guard let base = planes.baseAddress else { return }
      let planes = Cells(base)
      for channel in stride(from: 0, to: channels, by: 4) {
        let group = planes + channel * count
        switch channels - channel {
        case 1: pass(Float.self, group, 1, threads)
        case 2: pass(SIMD2<Float>.self, group, 2, threads)
        case let rest: pass(SIMD4<Float>.self, group, min(rest, 4), threads)
        }
      }
    }
    return planes
  }

  private func pass<Lane: LatticeLane>(
    _: Lane.Type, _ planes: Cells, _ channels: Int, _ threads: Int
  ) {
    let count = count
    let bandCount = PermutohedralLattice.bandCount(points: count, vertices: vertexCount)
    let field = LatticeField(self, floats: Lane.floats, bandCount: bandCount)
    // A plane by itself is filtered in its place.
    let isPlane = Lane.floats == 1
    let memory = FloatMemory(count: isPlane ? 0 : count * Lane.floats)
    let points = isPlane ? planes : memory.cells
    if !isPlane { interleave(planes, channels, Lane.floats, into: points) }
    Parallel.forEach(count: bandCount, width: threads) { band in
      let range = (band * count / bandCount)..<((band + 1) * count / bandCount)
      let source = lanes(points.base, Lane.self) + range.lowerBound
      spread(range, source, into: lanes(field.band(band).base, Lane.self))
    }
    let blurred = blur(Lane.self, field, threads)
    Parallel.forRanges(count: count, grain: 16384, width: threads) { range in
      let result = lanes(points.base, Lane.self) + range.lowerBound
      collect(range, lanes(blurred.base, Lane.self), into: result)
    }
    guard !isPlane else { return }
    for channel in 0..<channels {
      let (lane, plane) = (points.base + channel, planes.base + channel * count)
      for point in 0..<count { plane[point] = lane[point * Lane.floats] }
    }
  }

  private func interleave(_ planes: Cells, _ channels: Int, _ floats: Int, into points: Cells) {
    for channel in 0..<floats {
      let (lane, plane) = (points.base + channel, planes.base + channel * count)
      for point in 0..<count { lane[point * floats] = channel < channels ? plane[point] : 0 }
    }
  }

  /// Adds the values of the points of `range` to the corners of their simplices; `source` begins
  /// with the first of them.
  @inline(__always)
  func spread<Lane: LatticeLane>(
    _ range: Range<Int>, _ source: UnsafePointer<Lane>, into values: UnsafeMutablePointer<Lane>
  ) {
    // A constant number of corners lets the compiler unroll.
    switch dimensions {
    case 2: spread(3, range, source, into: values)
    case 3: spread(4, range, source, into: values)
    case 5: spread(6, range, source, into: values)
    default: spread(dimensions + 1, range, source, into: values)
    }
  }

  @inline(__always)
  private func spread<Lane: LatticeLane>(
    _ perPoint: Int, _ range: Range<Int>, _ source: UnsafePointer<Lane>,
    into values: UnsafeMutablePointer<Lane>
  ) {
    let (corners, weights) = (corners, weights)
    @inline(__always)
    func add(_ point: Int, _ value: Lane) {
      let entry = point &* perPoint
      for corner in 0..<perPoint {
        let vertex = Int(corners[entry &+ corner])
        values[vertex] = values[vertex].plus(value.times(weights[entry &+ corner]))
      }
    }
    let first = range.lowerBound
    // Points side by side share corners, and each would wait for the sums of the last: four
    // parts of the range go on in turn.
    let part = range.count / 4
    for point in 0..<part {
      for at in 0..<4 { add(first &+ at &* part &+ point, source[at &* part &+ point]) }
    }
    for point in (4 * part)..<range.count { add(first &+ point, source[point]) }
  }

  /// Reads the points of `range` from the corners of their simplices; `result` begins with the
  /// first of them. Without the scale 1 / (1 + 2^-d), which the blur has applied.
  @inline(__always)
  func collect<Lane: LatticeLane>(
    _ range: Range<Int>, _ values: UnsafePointer<Lane>, into result: UnsafeMutablePointer<Lane>
  ) {
    switch dimensions {
    case 2: collect(3, range, values, into: result)
    case 3: collect(4, range, values, into: result)
    case 5: collect(6, range, values, into: result)
    default: collect(dimensions + 1, range, values, into: result)
    }
  }

  @inline(__always)
  private func collect<Lane: LatticeLane>(
    _ perPoint: Int, _ range: Range<Int>, _ values: UnsafePointer<Lane>,
    into result: UnsafeMutablePointer<Lane>
  ) {
    let (corners, weights) = (corners, weights)
    var entry = range.lowerBound &* perPoint
    for point in 0..<range.count {
      var sum = Lane.zero
      for corner in 0..<perPoint {
        let value = values[Int(corners[entry &+ corner])]
        sum = sum.plus(value.times(weights[entry &+ corner]))
      }
      result[point] = sum
      entry &+= perPoint
    }
  }

  /// Sums the bands of `field` and blurs along every axis; the scale is in the result.
  func blur<Lane: LatticeLane>(_: Lane.Type, _ field: LatticeField, _ threads: Int) -> Cells {
    field.sum(threads: threads)
    var (values, next) = field.ends
    let scale = 1 / (1 + Float(sign: .plus, exponent: -dimensions, significand: 1))
    for axis in 0...dimensions {
      let factor = axis == dimensions ? scale : 1
      blur(Lane.self, axis, values, into: next, factor, threads)
      swap(&values, &next)
    }
    return values
  }

  private func blur<Lane: LatticeLane>(
    _: Lane.Type, _ axis: Int, _ values: Cells, into next: Cells, _ factor: Float, _ threads: Int
  ) {
    let (neighbours, count) = (neighbours, vertexCount)
    Parallel.forRanges(count: count, grain: 16384, width: threads) { range in
      let (values, next) = (lanes(values.base, Lane.self), lanes(next.base, Lane.self))
      neighbours.withUnsafeBufferPointer { neighbours in
        var pair = (axis * count + range.lowerBound) * 2
        for vertex in range {
          let both = values[Int(neighbours[pair])].plus(values[Int(neighbours[pair + 1])])
          next[vertex + 1] = values[vertex + 1].plus(both.times(0.5)).times(factor)
          pair &+= 2
        }
      }
    }
  }
}
