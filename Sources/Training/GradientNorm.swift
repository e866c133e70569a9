import Graphs
import Synchronization
import Tensors

extension Parameters {
  /// The Euclidean length of all tensors together, summed in double precision by pieces in the
  /// order of names: the same bits for every number of threads.
  package func norm(threads: Int) -> Double {
    var sum = 0.0
    for name in names {
      guard let tensor = self[name] else { continue }
      let count = tensor.shape.count
      let pieces = Mutex([Double](repeating: 0, count: (count + updateGrain - 1) / updateGrain))
      withCells(tensor) { cells in
        Parallel.forRanges(count: count, grain: updateGrain, width: threads) { range in
          let part = Self.squares(cells, range)
          pieces.withLock { $0[range.lowerBound / updateGrain] = part }
        }
      }
      sum += pieces.withLock { $0.reduce(0, +) }
    }
    return sum.squareRoot()
  }

  /// Four sums side by side, since one would wait for each addition.
  private static func squares(_ cells: Cells, _ range: Range<Int>) -> Double {
    let base = cells.base
    var sums = SIMD4<Double>.zero
    var index = range.lowerBound
    while index + 4 <= range.upperBound {
      let four = SIMD4<Double>(
        Double(base[index]), Double(base[index + 1]), Double(base[index + 2]),
        Double(base[index + 3]))
      sums += four * four
      index += 4
    }
    while index < range.upperBound {
      sums[0] += Double(base[index]) * Double(base[index])
      index += 1
    }
    return sums.sum()
  }
}
