import Tensors

/// Gaussian filtering of many values a point, with all points near each other in feature space
/// weighing in: sum over j of exp(-|f_i - f_j|^2 / 2) v_j, approximately, in time linear in the
/// number of points.
///
/// Adams, Baek and Davis 2010, "Fast High-Dimensional Filtering Using the Permutohedral Lattice":
/// values are spread to the corners of their simplex by barycentric weights, blurred by
/// [1/2, 1, 1/2] along each of the d + 1 axes, read back by the same weights, and scaled by
/// 1 / (1 + 2^-d). Single precision; sums run in an order of their own, so that the result
/// has the same bits for any number of threads.
///
/// Built once for its points; then filters any number of values. Memory: 8 (d + 1) bytes a point.
package struct PermutohedralLattice: Sendable {
  /// d, the number of features of a point.
  package let dimensions: Int
  /// The number of points.
  package let count: Int
  /// The number of lattice vertices that some point touches.
  package let vertexCount: Int
  /// `[count][d + 1]`: the vertices of each point's simplex, from 1; `Int32` in memory of floats,
  /// which asks for huge pages.
  private let cornerMemory: FloatMemory
  /// `[count][d + 1]`: their barycentric weights.
  private let weightMemory: FloatMemory
  /// `[d + 1][vertexCount][2]`: the vertices beside each one along each axis; 0 where none is.
  let neighbours: [Int32]

  /// The most points times corners of a lattice.
  package static let cornerLimit = 1 << 30

  /// `features`: `[dimensions][count]`, planar, each divided by its sigma; 1 to 15 dimensions.
  /// Throws `CRFError`: `.size`, `.notFinite`, `.tooLarge`, `.tooFine`.
  package init(features: [Float], dimensions d: Int, threads: Int) throws(CRFError) {
    guard (1...15).contains(d), !features.isEmpty, features.count % d == 0 else {
      throw CRFError(.size)
    }
    let count = features.count / d
    guard count <= PermutohedralLattice.cornerLimit / (d + 1) else { throw CRFError(.tooLarge) }
    let placement = try LatticePlacement(features: features, dimensions: d, count: count)
    let table = LatticeTable()
    cornerMemory = FloatMemory(count: count * (d + 1))
    weightMemory = FloatMemory(count: count * (d + 1))
    PermutohedralLattice.locate(
      features, placement, table, threads,
      into: (lanes(cornerMemory.cells.base, Int32.self), weightMemory.cells.base))
    dimensions = d
    self.count = count
    vertexCount = table.keys.count
    neighbours = PermutohedralLattice.neighbours(
      table, steps: placement.keys.neighbourSteps, threads: threads)
  }

  var corners: UnsafePointer<Int32> { UnsafePointer(lanes(cornerMemory.cells.base, Int32.self)) }
  var weights: UnsafePointer<Float> { UnsafePointer(weightMemory.cells.base) }

  /// Points are placed and numbered by turns of so many: what is between stays in the cache.
  private static let turn = 32768

  private static func locate(
    _ features: [Float], _ placement: LatticePlacement, _ table: LatticeTable, _ threads: Int,
    into target: (corners: UnsafeMutablePointer<Int32>, weights: UnsafeMutablePointer<Float>)
  ) {
    let (count, perPoint) = (placement.count, placement.dimensions + 1)
    let base = UnsafeMutablePointer<UInt64>.allocate(capacity: min(count, turn))
    let order = UnsafeMutablePointer<UInt64>.allocate(capacity: min(count, turn))
    defer {
      base.deallocate()
      order.deallocate()
    }
    features.withUnsafeBufferPointer { features in
      guard let features = features.baseAddress else { return }
      for start in stride(from: 0, to: count, by: turn) {
        let points = start..<min(start + turn, count)
        let part = LatticePlacement.Target(
          base: base, order: order, weights: target.weights + start * perPoint)
        placement.place(features, points: points, into: part, threads: threads)
        placement.keys.steps.withUnsafeBufferPointer { steps in
          number(base, order, points.count, steps, table, target.corners + start * perPoint)
        }
      }
    }
  }

  /// Gives every corner its number. One thread: numbers follow the order of the points.
  private static func number(
    _ base: UnsafePointer<UInt64>, _ order: UnsafePointer<UInt64>, _ count: Int,
    _ steps: UnsafeBufferPointer<UInt64>, _ table: LatticeTable,
    _ corners: UnsafeMutablePointer<Int32>
  ) {
    let perPoint = steps.count
    for point in 0..<count {
      let own = corners + point * perPoint
      // Points side by side often share a simplex.
      if point > 0, base[point] == base[point - 1], order[point] == order[point - 1] {
        own.initialize(from: own - perPoint, count: perPoint)
        continue
      }
      var key = base[point]
      var falling = order[point]
      own[0] = table.insert(key)
      for corner in 1..<perPoint {
        key &+= steps[Int(falling & 15)]
        falling &>>= 4
        own[corner] = table.insert(key)
      }
    }
  }

  private static func neighbours(
    _ table: LatticeTable, steps: [UInt64], threads: Int
  ) -> [Int32] {
    let (keys, count) = (table.keys, table.keys.count)
    return [Int32](unsafeUninitializedCapacity: steps.count * count * 2) { buffer, filled in
      filled = steps.count * count * 2
      guard let base = buffer.baseAddress else { return }
      base.initialize(repeating: 0, count: filled)
      // Each axis has its own part of the memory; the table is only read.
      nonisolated(unsafe) let (table, all) = (table, base)
      Parallel.forEach(count: steps.count, width: threads) { axis in
        let pairs = all + axis * count * 2
        let step = steps[axis]
        for vertex in 0..<count {
          let next = table.find(keys[vertex] &+ step)
          guard next > 0 else { continue }
          pairs[vertex * 2] = next
          pairs[Int(next - 1) * 2 + 1] = Int32(vertex + 1)
        }
      }
    }
  }
}
