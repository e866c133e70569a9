import Foundation
import Imaging
import Tensors

/// The transition matrix of a random walk on a grid, as a plane of weights a direction, and
/// products of a row vector with it.
///
/// Planes have a margin of `radius - 1` cells on every side where weights and vectors are 0, so
/// that the inner loops know no border. Numbers are stored in single precision; eight products at
/// a time are added in single precision and these sums in double precision, each cell in one
/// order: the bits do not depend on the threads.
struct WalkStencil: Sendable {
  private let rows: Int
  private let columns: Int
  private let margin: Int
  /// Cells from a cell to each destination, in a plane.
  private let shifts: [Int]
  /// `a^beta` between a cell and its destination, a plane a direction.
  private let weights: FloatMemory
  /// 1 over the sum of each column of the matrix before the division, rows x columns.
  private var scale: [Double] = []

  /// Rows of one piece of work.
  private static let band = 8

  /// Cells that are computed at once; rows are filled up to a multiple.
  private static let lanes = 16

  /// Columns with those that fill the last lanes.
  private let filled: Int
  /// Cells of a row with its margins.
  private var line: Int { filled + 2 * margin }
  private var plane: Int { line * (rows + 2 * margin) }
  /// The cell that follows the margins.
  private var origin: Int { margin * line + margin }

  init(edge: Image, radius: Int, beta: Double, threads: Int) {
    (rows, columns, margin) = (edge.height, edge.width, radius - 1)
    filled = (columns + Self.lanes - 1) / Self.lanes * Self.lanes
    let line = filled + 2 * margin
    let directions = PathIndex.directions(radius: radius)
    shifts = directions.map { $0.destination.row * line + $0.destination.column }
    weights = FloatMemory(count: directions.count * line * (rows + 2 * margin))
    fill(directions, edge, beta, threads)
    scale = columnSums().map { 1 / $0 }
  }

  /// The row vector times the `steps`-th power of the matrix.
  func walk(_ start: Image, steps: Int, threads: Int) -> Image {
    let memory = FloatMemory(count: 2 * plane)
    memory.cells.fill(0, 2 * plane)
    return withExtendedLifetime((memory, weights)) {
      var (from, to) = (memory.cells, memory.cells + plane)
      for row in 0..<rows {
        for column in 0..<columns { from[origin + row * line + column] = start[row, column] }
      }
      Parallel.together(width: threads) {
        for _ in 0..<steps {
          step(from, to, threads)
          swap(&from, &to)
        }
      }
      var result = start
      for row in 0..<rows {
        for column in 0..<columns { result[row, column] = from[origin + row * line + column] }
      }
      return result
    }
  }

  private func fill(
    _ directions: [PathIndex.Direction], _ edge: Image, _ beta: Double, _ threads: Int
  ) {
    let cells = weights.cells
    Parallel.forEach(count: directions.count, width: threads) { number in
      let target = cells + number * plane
      target.fill(0, plane)
      let direction = directions[number]
      let end = direction.destination
      for row in 0..<max(0, rows - end.row) {
        for column in max(0, -end.column)..<max(0, -end.column, columns - max(0, end.column)) {
          var highest: Float = 0
          for cell in direction.path {
            highest = max(highest, edge[row + cell.row, column + cell.column])
          }
          target[origin + row * line + column] = Float(pow(1 - Double(highest), beta))
        }
      }
    }
  }

  /// The sums of the columns before the division, the diagonal of ones included.
  private func columnSums() -> [Double] {
    let ones = FloatMemory(count: plane)
    ones.cells.fill(1, plane)
    var result: [Double] = []
    withExtendedLifetime((ones, weights)) {
      withUnsafeTemporaryAllocation(of: Double.self, capacity: filled) { sums in
        for row in 0..<rows {
          add(row, of: ones.cells, to: sums)
          result.append(contentsOf: sums.prefix(columns))
        }
      }
    }
    return result
  }

  private func step(_ from: Cells, _ to: Cells, _ threads: Int) {
    let bands = (rows + Self.band - 1) / Self.band
    Parallel.forEach(count: bands, width: threads) { band in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: filled) { sums in
        for row in band * Self.band..<min(rows, (band + 1) * Self.band) {
          add(row, of: from, to: sums)
          let target = to + origin + row * line
          for column in 0..<columns {
            target[column] = Float(sums[column] * scale[row * columns + column])
          }
        }
      }
    }
  }

  /// One row of a vector times the symmetric matrix before the division.
  private func add(_ row: Int, of vector: Cells, to sums: UnsafeMutableBufferPointer<Double>) {
    let start = origin + row * line
    let own = vector.base + start
    for column in 0..<filled { sums[column] = Double(own[column]) }
    let ahead = weights.cells.base + start
    withUnsafeTemporaryAllocation(of: Float.self, capacity: filled) { part in
      for first in stride(from: 0, to: shifts.count, by: 4) {
        let numbers = first..<min(first + 4, shifts.count)
        for column in stride(from: 0, to: filled, by: Self.lanes) {
          var sum = SIMD16<Float>()
          for number in numbers {
            let shift = shifts[number]
            let weight = ahead + number * plane + column
            let cell = own + column
            sum += Self.lanes(weight) * Self.lanes(cell + shift)
            sum += Self.lanes(weight - shift) * Self.lanes(cell - shift)
          }
          UnsafeMutableRawBufferPointer(part)
            .storeBytes(of: sum, toByteOffset: 4 * column, as: SIMD16<Float>.self)
        }
        for column in 0..<filled { sums[column] += Double(part[column]) }
      }
    }
  }

  @inline(__always)
  private static func lanes(_ cells: UnsafeMutablePointer<Float>) -> SIMD16<Float> {
    UnsafeRawPointer(cells).loadUnaligned(as: SIMD16<Float>.self)
  }
}
