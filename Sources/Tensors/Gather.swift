/// Copies the taps of a convolution into the columns of a matrix ("im2col"), a tile at a time.
///
/// The tap `k` of output cell `p` reads source cell `(p * step + k * tapStep + origin) / divisor`
/// on each axis, and zero where that is no whole number or outside. A convolution has divisor 1;
/// the gradient of its input reads the output gradient with step 1, a negative tap step and the
/// stride as divisor, so that no pass ever scatters.
struct Gather: Sendable {
  /// One axis of the source and of the output.
  struct Axis: Sendable {
    let source: Int
    let output: Int
    let taps: Int
    let step: Int
    let tapStep: Int
    let origin: Int
    let divisor: Int

    /// The source cell, nil where the tap falls outside or between cells.
    @inline(__always)
    func cell(_ position: Int, tap: Int) -> Int? {
      let numerator = position * step + tap * tapStep + origin
      guard numerator >= 0, numerator % divisor == 0 else { return nil }
      let cell = numerator / divisor
      return cell < source ? cell : nil
    }
  }

  let channels: Int
  let rows: Axis
  let columns: Axis

  /// Rows of the column matrix.
  var depth: Int { channels * rows.taps * columns.taps }

  /// Cells of one output plane.
  var pixels: Int { rows.output * columns.output }

  /// True when the source plane itself is the column matrix (a 1 x 1 convolution).
  var isIdentity: Bool {
    func plain(_ axis: Axis) -> Bool {
      axis.taps == 1 && axis.step == 1 && axis.origin == 0 && axis.divisor == 1
        && axis.source == axis.output
    }
    return plain(rows) && plain(columns)
  }

  /// Writes the matrix `depth` x `tile.count` for the output cells of `tile`, row-major.
  func fill(_ matrix: Cells, from image: Cells, tile: Range<Int>) {
    let plane = rows.source * columns.source
    var row = matrix
    for channel in 0..<channels {
      let source = image + channel * plane
      for tapY in 0..<rows.taps {
        for tapX in 0..<columns.taps {
          fillRow(row, source, tapY, tapX, tile)
          row = row + tile.count
        }
      }
    }
  }

  private func fillRow(
    _ row: Cells, _ source: Cells, _ tapY: Int, _ tapX: Int, _ tile: Range<Int>
  ) {
    let width = columns.output
    var target = row
    var y = tile.lowerBound / width
    var x = tile.lowerBound - y * width
    var left = tile.count
    while left > 0 {
      let count = min(left, width - x)
      if let cellY = rows.cell(y, tap: tapY) {
        fillRun(target, source + cellY * columns.source, tapX, x..<x + count)
      } else {
        target.fill(0, count)
      }
      target = target + count
      left -= count
      y += 1
      x = 0
    }
  }

  @inline(__always)
  private func fillRun(_ target: Cells, _ line: Cells, _ tap: Int, _ run: Range<Int>) {
    guard columns.step == 1, columns.divisor == 1 else {
      for (index, x) in run.enumerated() {
        target[index] = columns.cell(x, tap: tap).map { line[$0] } ?? 0
      }
      return
    }
    let shift = tap * columns.tapStep + columns.origin
    let first = min(max(run.lowerBound, -shift), run.upperBound)
    let last = max(min(run.upperBound, columns.source - shift), first)
    let before = first - run.lowerBound
    let inside = last - first
    target.fill(0, before)
    (target + before).copy(from: line + (first + shift), inside)
    (target + (before + inside)).fill(0, run.upperBound - last)
  }
}
