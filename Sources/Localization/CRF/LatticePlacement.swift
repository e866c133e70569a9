import Tensors

/// Finds the simplex of every point and its barycentric coordinates (Adams, Baek and Davis 2010,
/// "Fast High-Dimensional Filtering Using the Permutohedral Lattice", section 3).
struct LatticePlacement {
  typealias Pack = SIMD8<Float>

  let dimensions: Int
  let count: Int
  let keys: LatticeKeys
  /// What a unit of each feature becomes in the elevated coordinates.
  let scale: [Float]

  /// `features`: `[dimensions][count]`, each divided by its sigma.
  init(features: [Float], dimensions: Int, count: Int) throws(CRFError) {
    self.dimensions = dimensions
    self.count = count
    // The lattice's blur has this deviation; features are scaled up to it.
    let deviation = Float((2.0 / 3.0).squareRoot() * Double(dimensions + 1))
    scale = (0..<dimensions).map { i in
      Float(1 / Double((i + 2) * (i + 1)).squareRoot() * Double(deviation))
    }
    let ranges = try LatticePlacement.ranges(features, count: count, scale: scale)
    // elevated[j] = sum of the scaled features above j, less j times scaled feature j - 1.
    var bounds: [ClosedRange<Float>] = []
    for j in 0..<dimensions {
      var (low, high) = (Float(0), Float(0))
      for k in j..<dimensions {
        low += ranges[k].lowerBound
        high += ranges[k].upperBound
      }
      if j > 0 {
        low -= Float(j) * ranges[j - 1].upperBound
        high -= Float(j) * ranges[j - 1].lowerBound
      }
      bounds.append(low...max(low, high))
    }
    keys = try LatticeKeys(bounds: bounds)
  }

  private static func ranges(
    _ features: [Float], count: Int, scale: [Float]
  ) throws(CRFError) -> [ClosedRange<Float>] {
    var ranges: [ClosedRange<Float>] = []
    for (i, factor) in scale.enumerated() {
      var (low, high) = (Float.infinity, -Float.infinity)
      var sum = Float(0)
      for value in features[(i * count)..<((i + 1) * count)] {
        low = min(low, value)
        high = max(high, value)
        // Anything that is not finite makes this one not finite.
        sum += value * 0
      }
      guard sum == 0 else { throw CRFError(.notFinite) }
      ranges.append((low * factor)...(high * factor))
    }
    return ranges
  }

  /// What `place` writes, each of `count` points: the packed key of the corner of remainder 0;
  /// four bits each, the coordinate that falls on the way to corners 1, 2 ... d; and the weights
  /// of the d + 1 corners.
  struct Target {
    let base: UnsafeMutablePointer<UInt64>
    let order: UnsafeMutablePointer<UInt64>
    let weights: UnsafeMutablePointer<Float>
  }

  func place(_ features: UnsafePointer<Float>, into target: Target, threads: Int) {
    nonisolated(unsafe) let (features, target) = (features, target)
    let placement = self
    Parallel.forRanges(count: count, grain: 8192, width: threads) { range in
      // A constant number of dimensions lets the compiler unroll.
      switch placement.dimensions {
      case 2: placement.place(2, features, into: target, range)
      case 3: placement.place(3, features, into: target, range)
      case 5: placement.place(5, features, into: target, range)
      default: placement.place(placement.dimensions, features, into: target, range)
      }
    }
  }

  @inline(__always)
  private func place(
    _ d: Int, _ features: UnsafePointer<Float>, into target: Target, _ range: Range<Int>
  ) {
    withUnsafeTemporaryAllocation(of: Pack.self, capacity: 3 * (d + 1)) { scratch in
      guard let elevated = scratch.baseAddress else { return }
      let nearest = elevated + (d + 1)
      let rank = nearest + (d + 1)
      var start = range.lowerBound
      while start < range.upperBound {
        let lanes = min(8, range.upperBound - start)
        elevate(d, features + start, lanes, elevated)
        round(d, elevated, nearest, rank)
        for lane in 0..<lanes {
          store(d, lane, start + lane, elevated, nearest, rank, into: target)
        }
        start += 8
      }
    }
  }

  @inline(__always)
  private func elevate(
    _ d: Int, _ features: UnsafePointer<Float>, _ lanes: Int,
    _ elevated: UnsafeMutablePointer<Pack>
  ) {
    var sum = Pack.zero
    var j = d
    while j > 0 {
      let plane = features + (j - 1) * count
      var value = Pack(repeating: plane[lanes - 1])
      if lanes == 8 {
        value = UnsafeRawPointer(plane).loadUnaligned(as: Pack.self)
      } else {
        for lane in 0..<lanes { value[lane] = plane[lane] }
      }
      let scaled = value * scale[j - 1]
      elevated[j] = sum - Float(j) * scaled
      sum += scaled
      j -= 1
    }
    elevated[0] = sum
  }

  /// The nearest point of remainder 0, and the rank of each coordinate's distance to it.
  @inline(__always)
  private func round(
    _ d: Int, _ elevated: UnsafeMutablePointer<Pack>, _ nearest: UnsafeMutablePointer<Pack>,
    _ rank: UnsafeMutablePointer<Pack>
  ) {
    let up = Float(d + 1)
    let down = 1 / up
    // Adding it leaves no bits below 1: rounds to nearest, ties to even, without SSE 4.1.
    let rounder = Float(0x1.8p23)
    var sum = Pack.zero
    for i in 0...d {
      let whole = (down * elevated[i] + rounder) - rounder
      nearest[i] = whole * up
      rank[i] = .zero
      sum += whole
    }
    for i in 0..<d {
      let own = elevated[i] - nearest[i]
      for j in (i + 1)...d {
        let less = own .< (elevated[j] - nearest[j])
        let one = Pack.zero.replacing(with: Pack(repeating: 1), where: less)
        rank[i] += one
        rank[j] += 1 - one
      }
    }
    // Off the plane by `sum`: the coordinates at that end of the ranking go one cell on.
    for i in 0...d {
      var moved = rank[i] + sum
      let rise = Pack.zero.replacing(with: Pack(repeating: up), where: moved .< 0)
      let fall = Pack.zero.replacing(with: Pack(repeating: up), where: moved .>= up)
      moved += rise - fall
      rank[i] = moved
      nearest[i] += rise - fall
    }
  }

  @inline(__always)
  private func store(
    _ d: Int, _ lane: Int, _ point: Int, _ elevated: UnsafeMutablePointer<Pack>,
    _ nearest: UnsafeMutablePointer<Pack>, _ rank: UnsafeMutablePointer<Pack>, into target: Target
  ) {
    let down = 1 / Float(d + 1)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: d + 1) { distances in
      var base = UInt64(0)
      var order = UInt64(0)
      for i in 0...d {
        let place = Int(rank[i][lane])
        distances[place] = (elevated[i][lane] - nearest[i][lane]) * down
        if place > 0 { order |= UInt64(i) &<< UInt64(4 * (d - place)) }
        if i < d {
          base &+= UInt64(bitPattern: Int64(nearest[i][lane] - keys.low[i])) &* keys.radix[i]
        }
      }
      target.base[point] = base
      target.order[point] = order
      let weights = target.weights + point * (d + 1)
      weights[0] = distances[d] + (1 - distances[0])
      for corner in 1...d { weights[corner] = distances[d - corner] - distances[d - corner + 1] }
    }
  }
}
