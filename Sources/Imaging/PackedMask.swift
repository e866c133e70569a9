/// A mask as runs of set cells: outlines of whole archives, and of long series, lie in memory.
package struct PackedMask: Sendable, Equatable {
  package let width: Int
  package let height: Int
  /// Starts and lengths in turn, in row-major order; a run ends at the end of its row.
  private let runs: [Int32]
  /// Number of set cells.
  package let count: Int

  package init(_ mask: Mask) {
    (width, height) = (mask.width, mask.height)
    var runs: [Int32] = []
    var count = 0
    for row in 0..<mask.height {
      mask.forEachRun(inRow: row) { begin, end in
        runs.append(Int32(row * mask.width + begin))
        runs.append(Int32(end - begin))
        count += end - begin
      }
    }
    (self.runs, self.count) = (runs, count)
  }

  package var isEmpty: Bool { runs.isEmpty }

  package var mask: Mask {
    var mask = Mask(width: width, height: height)
    mask.bits.withUnsafeMutableBufferPointer { bits in
      for run in stride(from: 0, to: runs.count, by: 2) {
        let start = Int(runs[run])
        for index in start..<start + Int(runs[run + 1]) { bits[index] = 1 }
      }
    }
    return mask
  }

  /// Calls with row and `begin..<end` of each run.
  func forEachRun(_ body: (_ row: Int, _ begin: Int, _ end: Int) -> Void) {
    for run in stride(from: 0, to: runs.count, by: 2) {
      let start = Int(runs[run])
      body(start / width, start % width, start % width + Int(runs[run + 1]))
    }
  }
}
