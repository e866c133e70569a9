import Tensors

/// The values of one point that are filtered together.
protocol LatticeLane: Sendable {
  /// How many floats.
  static var floats: Int { get }
  static var zero: Self { get }
  func plus(_ other: Self) -> Self
  func times(_ factor: Float) -> Self
}

extension Float: LatticeLane {
  static var floats: Int { 1 }
  @inline(__always) func plus(_ other: Float) -> Float { self + other }
  @inline(__always) func times(_ factor: Float) -> Float { self * factor }
}

extension SIMD2<Float>: LatticeLane {
  static var floats: Int { 2 }
  @inline(__always) func plus(_ other: Self) -> Self { self + other }
  @inline(__always) func times(_ factor: Float) -> Self { self * factor }
}

extension SIMD4<Float>: LatticeLane {
  static var floats: Int { 4 }
  @inline(__always) func plus(_ other: Self) -> Self { self + other }
  @inline(__always) func times(_ factor: Float) -> Self { self * factor }
}

extension SIMD8<Float>: LatticeLane {
  static var floats: Int { 8 }
  @inline(__always) func plus(_ other: Self) -> Self { self + other }
  @inline(__always) func times(_ factor: Float) -> Self { self * factor }
}

/// Memory for one filter at a time; serves any lattice of at most these sizes.
final class LatticeScratch {
  let points: FloatMemory
  let vertices: FloatMemory
  let blurred: FloatMemory

  init(points: Int, vertices: Int, channels: Int) {
    let lane = channels == 1 ? 1 : channels == 2 ? 2 : channels <= 4 ? 4 : 8
    // A plane that is filtered by itself stays where it is.
    self.points = FloatMemory(count: lane == 1 ? 0 : points * lane)
    self.vertices = FloatMemory(count: (vertices + 1) * lane)
    blurred = FloatMemory(count: (vertices + 1) * lane)
  }
}

extension PermutohedralLattice {
  /// Filters `channels` planes: `[channels][count]` to the same shape.
  /// Throws `CRFError(.size)` where `values` holds another number of values.
  package func filter(
    _ values: [Float], channels: Int, threads: Int
  ) throws(CRFError) -> [Float] {
    guard channels > 0, values.count == channels * count else { throw CRFError(.size) }
    let scratch = LatticeScratch(points: count, vertices: vertexCount, channels: channels)
    var planes = values
    planes.withUnsafeMutableBufferPointer { planes in
      guard let base = planes.baseAddress else { return }
      filter(Cells(base), channels: channels, scratch, threads: threads)
    }
    return planes
  }

  /// Filters `[channels][count]` in place.
  func filter(_ planes: Cells, channels: Int, _ scratch: LatticeScratch, threads: Int) {
    var channel = 0
    while channel < channels {
      let rest = min(channels - channel, 8)
      let group = planes + channel * count
      switch rest {
      case 1: pass(Float.self, group, 1, scratch, threads)
      case 2: pass(SIMD2<Float>.self, group, 2, scratch, threads)
      case 3, 4: pass(SIMD4<Float>.self, group, rest, scratch, threads)
      default: pass(SIMD8<Float>.self, group, rest, scratch, threads)
      }
      channel += rest
    }
  }

  @inline(__always)
  private func pass<Lane: LatticeLane>(
    _: Lane.Type, _ planes: Cells, _ channels: Int, _ scratch: LatticeScratch, _ threads: Int
  ) {
    let points = Lane.floats == 1 ? planes : scratch.points.cells
    var (values, next) = (scratch.vertices.cells, scratch.blurred.cells)
    if Lane.floats > 1 { interleave(planes, channels, Lane.floats, into: points, threads) }
    values.fill(0, Lane.floats)
    next.fill(0, Lane.floats)
    splat(Lane.self, points, into: values, threads)
    for axis in 0...dimensions {
      blur(Lane.self, axis, values, into: next, threads)
      swap(&values, &next)
    }
    slice(Lane.self, values, into: points, threads)
    if Lane.floats > 1 { separate(points, Lane.floats, into: planes, channels, threads) }
  }

  @inline(__always)
  private func splat<Lane: LatticeLane>(
    _: Lane.Type, _ input: Cells, into values: Cells, _ threads: Int
  ) {
    let (starts, points, weights) = (starts, points, pointWeights)
    Parallel.forRanges(count: vertexCount, grain: 4096, width: threads) { range in
      let (input, values) = (lanes(input, Lane.self), lanes(values, Lane.self))
      points.withUnsafeBufferPointer { points in
        weights.withUnsafeBufferPointer { weights in
          var entry = Int(starts[range.lowerBound])
          for vertex in range {
            let end = Int(starts[vertex + 1])
            // Four sums at once: one alone would wait for each addition.
            var sums = (Lane.zero, Lane.zero, Lane.zero, Lane.zero)
            while entry &+ 4 <= end {
              sums.0 = sums.0.plus(input[Int(points[entry])].times(weights[entry]))
              sums.1 = sums.1.plus(input[Int(points[entry &+ 1])].times(weights[entry &+ 1]))
              sums.2 = sums.2.plus(input[Int(points[entry &+ 2])].times(weights[entry &+ 2]))
              sums.3 = sums.3.plus(input[Int(points[entry &+ 3])].times(weights[entry &+ 3]))
              entry &+= 4
            }
            while entry < end {
              sums.0 = sums.0.plus(input[Int(points[entry])].times(weights[entry]))
              entry &+= 1
            }
            values[vertex + 1] = sums.0.plus(sums.1).plus(sums.2.plus(sums.3))
          }
        }
      }
    }
  }

  @inline(__always)
  private func blur<Lane: LatticeLane>(
    _: Lane.Type, _ axis: Int, _ values: Cells, into next: Cells, _ threads: Int
  ) {
    let (neighbours, count) = (neighbours, vertexCount)
    Parallel.forRanges(count: count, grain: 16384, width: threads) { range in
      let (values, next) = (lanes(values, Lane.self), lanes(next, Lane.self))
      neighbours.withUnsafeBufferPointer { neighbours in
        var pair = (axis * count + range.lowerBound) * 2
        for vertex in range {
          let both = values[Int(neighbours[pair])].plus(values[Int(neighbours[pair + 1])])
          next[vertex + 1] = values[vertex + 1].plus(both.times(0.5))
          pair &+= 2
        }
      }
    }
  }

  @inline(__always)
  private func slice<Lane: LatticeLane>(
    _ type: Lane.Type, _ values: Cells, into output: Cells, _ threads: Int
  ) {
    let lattice = self
    Parallel.forRanges(count: count, grain: 16384, width: threads) { range in
      // A constant number of corners lets the compiler unroll.
      switch lattice.dimensions {
      case 2: lattice.slice(type, 3, values, into: output, range)
      case 3: lattice.slice(type, 4, values, into: output, range)
      case 5: lattice.slice(type, 6, values, into: output, range)
      default: lattice.slice(type, lattice.dimensions + 1, values, into: output, range)
      }
    }
  }

  @inline(__always)
  private func slice<Lane: LatticeLane>(
    _: Lane.Type, _ perPoint: Int, _ values: Cells, into output: Cells, _ range: Range<Int>
  ) {
    let (values, output) = (lanes(values, Lane.self), lanes(output, Lane.self))
    let scale = 1 / (1 + Float(sign: .plus, exponent: -dimensions, significand: 1))
    corners.withUnsafeBufferPointer { corners in
      weights.withUnsafeBufferPointer { weights in
        for point in range {
          var sum = Lane.zero
          for entry in (point * perPoint)..<((point + 1) * perPoint) {
            sum = sum.plus(values[Int(corners[entry])].times(weights[entry]))
          }
          output[point] = sum.times(scale)
        }
      }
    }
  }

  private func interleave(
    _ planes: Cells, _ channels: Int, _ width: Int, into points: Cells, _ threads: Int
  ) {
    let count = count
    Parallel.forRanges(count: count, grain: 16384, width: threads) { range in
      let (points, planes) = (points.base, planes.base)
      for point in range {
        for channel in 0..<width {
          points[point * width + channel] =
            channel < channels ? planes[channel * count + point] : 0
        }
      }
    }
  }

  private func separate(
    _ points: Cells, _ width: Int, into planes: Cells, _ channels: Int, _ threads: Int
  ) {
    let count = count
    Parallel.forRanges(count: count, grain: 16384, width: threads) { range in
      let (points, planes) = (points.base, planes.base)
      for channel in 0..<channels {
        for point in range { planes[channel * count + point] = points[point * width + channel] }
      }
    }
  }
}

/// The same memory as lanes; it is aligned to 64 bytes where a lane is wider than a float.
@inline(__always)
private func lanes<Lane>(_ cells: Cells, _: Lane.Type) -> UnsafeMutablePointer<Lane> {
  UnsafeMutableRawPointer(cells.base).assumingMemoryBound(to: Lane.self)
}
