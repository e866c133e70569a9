/// Pooling of N, C, H, W tensors; one plane is one piece of work.
package struct Pooling: Sendable {
  /// The windows along one axis.
  struct Axis: Sendable {
    /// The cells of the source that each output cell covers; never empty.
    let covers: [Range<Int>]
    /// The cells with those of the padding, but not those beyond it.
    let paddedCounts: [Int]
  }

  package let input: Shape
  package let output: Shape
  /// Cells along a side of a window, and how it moves; 0 for windows that divide the plane.
  package let kernel: Int
  package let window: Window
  let rows: Axis
  let columns: Axis
  /// True when every output cell is a whole 2 x 2 block of its own.
  let isPairs: Bool

  /// Windows of `kernel` x `kernel` cells. With `ceilMode` a last window may reach beyond the
  /// padding, if it starts before it.
  ///
  /// Nil when the shapes do not fit. Padding must be smaller than the kernel, so that every
  /// window holds a cell.
  package init?(input: Shape, kernel: Int, window: Window, ceilMode: Bool = false) {
    guard input.rank == 4, kernel > 0, window.padding < kernel, window.dilation == 1 else {
      return nil
    }
    let extent = ceilMode ? Pooling.ceiling : { $0.output($1, kernel: $2) }
    func axis(_ source: Int) -> Axis {
      let starts = (0..<extent(window, source, kernel)).map {
        $0 * window.stride - window.padding
      }
      return Axis(
        covers: starts.map { max(0, $0)..<min(source, $0 + kernel) },
        paddedCounts: starts.map { min($0 + kernel, source + window.padding) - $0 })
    }
    self.init(input, kernel, window, axis(input[2]), axis(input[3]))
  }

  /// `height` x `width` windows that cover the plane: window `i` of an axis reaches from
  /// `floor(i * input / output)` to `ceil((i + 1) * input / output)`, and they overlap where that
  /// is no whole number ("adaptive pooling" of PyTorch). Nil when the shapes do not fit.
  package init?(input: Shape, height: Int, width: Int) {
    guard input.rank == 4, input.count > 0, height > 0, width > 0 else { return nil }
    func axis(_ source: Int, _ target: Int) -> Axis {
      let covers = (0..<target).map {
        $0 * source / target..<(($0 + 1) * source + target - 1) / target
      }
      return Axis(covers: covers, paddedCounts: covers.map(\.count))
    }
    self.init(input, 0, Window(), axis(input[2], height), axis(input[3], width))
  }

  private init?(
    _ input: Shape, _ kernel: Int, _ window: Window, _ rows: Axis, _ columns: Axis
  ) {
    guard !rows.covers.isEmpty, !columns.covers.isEmpty else { return nil }
    self.input = input
    self.kernel = kernel
    self.window = window
    self.rows = rows
    self.columns = columns
    output = [input[0], input[1], rows.covers.count, columns.covers.count]
    isPairs =
      kernel == 2 && window == .pairs && 2 * output[2] <= input[2] && 2 * output[3] <= input[3]
  }

  /// The output extent rounded up; the last window must start before the padding at the end.
  private static func ceiling(_ window: Window, _ input: Int, _ kernel: Int) -> Int {
    let free = input + 2 * window.padding - kernel
    guard free > -window.stride else { return 0 }
    let count = (free + window.stride - 1) / window.stride + 1
    return (count - 1) * window.stride >= input + window.padding ? count - 1 : count
  }

  /// Cells of an input and of an output plane.
  var inputCells: Int { input[2] * input[3] }
  var outputCells: Int { output[2] * output[3] }

  /// Calls `body` for every plane, in parallel.
  func eachPlane(_ threads: Int, _ body: @Sendable (Int) -> Void) {
    Parallel.forRanges(
      count: input[0] * input[1], grain: max(1, Elementwise.grain / max(1, inputCells)),
      width: threads
    ) { range in
      for plane in range { body(plane) }
    }
  }

  /// Calls `body(output cell, rows, columns)` for every window of a plane, in order.
  @inline(__always)
  func eachWindow(_ body: (Int, Range<Int>, Range<Int>) -> Void) {
    var index = 0
    for rows in rows.covers {
      for columns in columns.covers {
        body(index, rows, columns)
        index += 1
      }
    }
  }
}

extension Window {
  /// Side by side, two cells apart.
  fileprivate static let pairs = Window(stride: 2)
}
