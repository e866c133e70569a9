/// Sums over axes, in an order fixed by the shape.
package enum Reduction {
  /// The sum over `axes`, which disappear from the shape.
  ///
  /// When the last axis is summed, blocks of it are added in sixteen single-precision lanes and the
  /// blocks in double precision; otherwise whole rows are added to rows.
  package static func sum(_ x: Tensor, over axes: [Int], _ workspace: Workspace) -> Tensor {
    let form = Axes(x.shape, axes)
    return withCells(x) { x in
      workspace.tensor(form.kept) { y in
        form.lastIsSummed
          ? form.sumRuns(x, y, workspace.threads) : form.sumRows(x, y, workspace.threads)
      }
    }
  }

  /// The sum of a contiguous run: blocks of 4096 in single precision, blocks in double.
  static func sum(_ x: UnsafeMutablePointer<Float>, _ count: Int) -> Double {
    var sum = 0.0
    for start in stride(from: 0, to: count, by: 4096) {
      sum += Double(block(x + start, min(4096, count - start)))
    }
    return sum
  }

  private static func block(_ x: UnsafeMutablePointer<Float>, _ count: Int) -> Float {
    var lanes = SIMD16<Float>()
    let whole = count / 16 * 16
    for i in stride(from: 0, to: whole, by: 16) {
      lanes += UnsafeRawPointer(x + i).loadUnaligned(as: SIMD16<Float>.self)
    }
    var sum = lanes.sum()
    for i in whole..<count { sum += x[i] }
    return sum
  }
}

/// The loops of one reduction: where each kept element starts, and the offsets it sums.
private struct Axes: Sendable {
  let kept: Shape
  let lastIsSummed: Bool
  /// Contiguous elements at the end of the shape that are all summed, or all kept.
  let run: Int
  let keptOffsets: [Int]
  let summedOffsets: [Int]

  init(_ shape: Shape, _ axes: [Int]) {
    let summed = Set(axes)
    kept = Shape(shape.dims.indices.filter { !summed.contains($0) }.map { shape[$0] })
    lastIsSummed = shape.rank == 0 ? false : summed.contains(shape.rank - 1)
    var tail = shape.rank
    var run = 1
    while tail > 0, summed.contains(tail - 1) == lastIsSummed {
      tail -= 1
      run *= shape[tail]
    }
    self.run = run
    let strides = shape.strides
    func offsets(_ wanted: Bool) -> [Int] {
      var list = [0]
      for axis in 0..<tail where summed.contains(axis) == wanted {
        list = list.flatMap { base in (0..<shape[axis]).map { base + $0 * strides[axis] } }
      }
      return list
    }
    keptOffsets = offsets(false)
    summedOffsets = offsets(true)
  }

  func sumRuns(_ x: Cells, _ y: Cells, _ threads: Int) {
    let grain = max(1, Elementwise.grain / max(1, run * summedOffsets.count))
    Parallel.forRanges(count: keptOffsets.count, grain: grain, width: threads) { range in
      for index in range {
        var sum = 0.0
        for offset in summedOffsets {
          sum += Reduction.sum((x + keptOffsets[index] + offset).base, run)
        }
        y[index] = Float(sum)
      }
    }
  }

  func sumRows(_ x: Cells, _ y: Cells, _ threads: Int) {
    Parallel.forEach(count: keptOffsets.count, width: threads) { index in
      let row = (y + index * run).base
      (y + index * run).fill(0, run)
      for offset in summedOffsets {
        let source = (x + keptOffsets[index] + offset).base
        for i in 0..<run { row[i] += source[i] }
      }
    }
  }
}
