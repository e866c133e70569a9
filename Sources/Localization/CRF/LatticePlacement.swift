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
      let (low, high, sum) = range(features[(i * count)..<((i + 1) * count)])
      guard sum == 0 else { throw CRFError(.notFinite) }
      ranges.append((low * factor)...(high * factor))
    }
    return ranges
  }

  /// Least, greatest, and a sum that is not 0 where a value is not finite.
  private static func range(_ values: ArraySlice<Float>) -> (Float, Float, Float) {
    values.withUnsafeBufferPointer { values in
      guard let base = values.baseAddress else { return (0, 0, 0) }
      var low = Pack(repeating: values[0])
      var (high, sum) = (low, low * 0)
      let whole = values.count / 8 * 8
      for at in stride(from: 0, to: whole, by: 8) {
        let pack = UnsafeRawPointer(base + at).loadUnaligned(as: Pack.self)
        low.replace(with: pack, where: pack .< low)
        high.replace(with: pack, where: pack .> high)
        sum += pack * 0
      }
      for at in whole..<values.count {
        low[0] = min(low[0], values[at])
        high[0] = max(high[0], values[at])
        sum[0] += values[at] * 0
      }
      return (low.min(), high.max(), sum.sum())
    }
  }

  /// What `place` writes of some points: the packed key of the corner of remainder 0; four bits
  /// each, the coordinate that falls on the way to corners 1, 2 ... d; and the weights of the
  /// d + 1 corners.
  struct Target {
    let base: UnsafeMutablePointer<UInt64>
    let order: UnsafeMutablePointer<UInt64>
    let weights: UnsafeMutablePointer<Float>
  }

  /// `target` begins with the first of `points`.
  func place(
    _ features: UnsafePointer<Float>, points: Range<Int>, into target: Target, threads: Int
  ) {
    nonisolated(unsafe) let (features, target) = (features + points.lowerBound, target)
    let placement = self
    Parallel.forRanges(count: points.count, grain: 8192, width: threads) { range in
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
      keys.withDigits { digits in
        let nearest = elevated + (d + 1)
        let rank = nearest + (d + 1)
        var start = range.lowerBound
        while start < range.upperBound {
          let lanes = min(8, range.upperBound - start)
          elevate(d, features + start, lanes, elevated)
          round(d, elevated, nearest, rank)
          for i in 0...d { elevated[i] = (elevated[i] - nearest[i]) * (1 / Float(d + 1)) }
          for lane in 0..<lanes {
            store(d, lane, start + lane, elevated, nearest, rank, digits, into: target)
          }
          start += 8
        }
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

  /// `offsets`: the distances to `nearest`, over d + 1.
  @inline(__always)
  private func store(
    _ d: Int, _ lane: Int, _ point: Int, _ offsets: UnsafeMutablePointer<Pack>,
    _ nearest: UnsafeMutablePointer<Pack>, _ rank: UnsafeMutablePointer<Pack>,
    _ digits: LatticeKeys.Digits, into target: Target
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: d + 1) { buffer in
      guard let sorted = buffer.baseAddress else { return }
      var base = UInt64(0)
      var order = UInt64(0)
      for i in 0...d {
        let place = Int(unsafeFloat: rank[i][lane])
        sorted[place] = offsets[i][lane]
        // Rank 0 shifts its own coordinate out of what is read.
        order |= UInt64(truncatingIfNeeded: i) &<< UInt64(truncatingIfNeeded: 4 * (d - place))
        if i < d {
          let digit = Int(unsafeFloat: nearest[i][lane] - digits.low[i])
          base &+= UInt64(truncatingIfNeeded: digit) &* digits.radix[i]
        }
      }
      target.base[point] = base
      target.order[point] = order
      let weights = target.weights + point * (d + 1)
      weights[0] = sorted[d] + (1 - sorted[0])
      for corner in 1...d { weights[corner] = sorted[d - corner] - sorted[d - corner + 1] }
    }
  }
}

extension Int {
  /// Of a float that is known to be small and whole.
  @inline(__always)
  fileprivate init(unsafeFloat value: Float) {
    self = Int(truncatingIfNeeded: value.unsafeInt32)
  }
}

extension Float {
  /// The low bits of the sum hold the number: |self| < 2^22.
  @inline(__always)
  fileprivate var unsafeInt32: Int32 {
    Int32(bitPattern: (self + 0x1.8p23).bitPattern &- Float(0x1.8p23).bitPattern)
  }
}
