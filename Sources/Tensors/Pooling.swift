/// Pooling of N, C, H, W tensors; one plane is one piece of work.
package struct Pooling: Sendable {
  package let input: Shape
  package let output: Shape
  package let kernel: Int
  package let window: Window
  /// True when a last window may reach beyond the padding.
  package let ceilMode: Bool

  /// Nil when the shapes do not fit. Padding must be smaller than the kernel, so that every
  /// window holds a cell.
  package init?(input: Shape, kernel: Int, window: Window, ceilMode: Bool = false) {
    guard input.rank == 4, kernel > 0, window.padding < kernel, window.dilation == 1 else {
      return nil
    }
    let extent = ceilMode ? Pooling.ceiling : { $0.output($1, kernel: $2) }
    let height = extent(window, input[2], kernel)
    let width = extent(window, input[3], kernel)
    guard height > 0, width > 0 else { return nil }
    self.input = input
    self.kernel = kernel
    self.window = window
    self.ceilMode = ceilMode
    output = [input[0], input[1], height, width]
  }

  /// The output extent rounded up; the last window must start before the padding at the end.
  private static func ceiling(_ window: Window, _ input: Int, _ kernel: Int) -> Int {
    let free = input + 2 * window.padding - kernel
    guard free > -window.stride else { return 0 }
    let count = (free + window.stride - 1) / window.stride + 1
    return (count - 1) * window.stride >= input + window.padding ? count - 1 : count
  }

  private var planes: Int { input[0] * input[1] }

  /// True when every output cell is a whole 2 x 2 block of its own.
  private var isPairs: Bool {
    kernel == 2 && window.stride == 2 && window.padding == 0 && 2 * output[2] <= input[2]
      && 2 * output[3] <= input[3]
  }

  /// The cells of the source that output cell `position` covers along an axis of `extent` cells.
  @inline(__always)
  private func cover(_ position: Int, _ extent: Int) -> Range<Int> {
    let start = position * window.stride - window.padding
    return max(0, start)..<max(0, min(extent, start + kernel))
  }

  /// Calls `body(source plane, output plane)` for every plane, in parallel.
  private func eachPlane(
    _ source: Cells, _ target: Cells, _ threads: Int, _ body: @Sendable (Cells, Cells) -> Void
  ) {
    let sourceSize = input[2] * input[3]
    let targetSize = output[2] * output[3]
    Parallel.forRanges(
      count: planes, grain: max(1, Elementwise.grain / sourceSize), width: threads
    ) { range in
      for plane in range { body(source + plane * sourceSize, target + plane * targetSize) }
    }
  }

  /// The largest cell of each window.
  package func maximum(_ x: Tensor, _ workspace: Workspace) -> Tensor {
    withCells(x) { x in
      workspace.tensor(output) { y in
        eachPlane(x, y, workspace.threads) { source, target in
          if isPairs {
            maximumOfPairs(source.base, target.base)
          } else {
            eachWindow { index, rows, columns in
              target[index] = source[largest(source, rows, columns)]
            }
          }
        }
      }
    }
  }

  /// The gradient of `maximum`: each output gradient goes to the first largest cell.
  package func maximumGradient(_ x: Tensor, _ dy: Tensor, _ workspace: Workspace) -> Tensor {
    withCells(x, dy) { x, dy in
      workspace.tensor(input) { dx in
        let offset = Offset(from: x, to: dx)
        eachPlane(x, dy, workspace.threads) { source, upstream in
          let target = offset.partner(of: source)
          if isPairs {
            scatterToPairs(source.base, upstream.base, target.base)
          } else {
            target.fill(0, input[2] * input[3])
            eachWindow { index, rows, columns in
              target.base[largest(source, rows, columns)] += upstream[index]
            }
          }
        }
      }
    }
  }

  /// From the upstream gradient of `maximumGradient` that of its `dy`: the cell of `u` at the place
  /// of the first largest cell of each window of `x`.
  package func maximumGather(_ x: Tensor, _ u: Tensor, _ workspace: Workspace) -> Tensor {
    withCells(x, u) { x, u in
      workspace.tensor(output) { y in
        let offset = Offset(from: x, to: u)
        eachPlane(x, y, workspace.threads) { source, target in
          let values = offset.partner(of: source)
          eachWindow { index, rows, columns in
            target[index] = values[largest(source, rows, columns)]
          }
        }
      }
    }
  }

  /// The mean of each window. Padded cells count as zeros when `countIncludePad`, but cells beyond
  /// the padding, which only `ceilMode` reaches, never count.
  package func average(
    _ x: Tensor, countIncludePad: Bool = true, _ workspace: Workspace
  ) -> Tensor {
    let shares = Shares(self, countIncludePad)
    return withCells(x) { x in
      workspace.tensor(output) { y in
        eachPlane(x, y, workspace.threads) { source, target in
          eachWindow { index, rows, columns in
            var sum: Float = 0
            for row in rows {
              for column in columns { sum += source[row * input[3] + column] }
            }
            target[index] = shares[index] * sum
          }
        }
      }
    }
  }

  /// The gradient of `average`.
  package func averageGradient(
    _ dy: Tensor, countIncludePad: Bool = true, _ workspace: Workspace
  ) -> Tensor {
    let shares = Shares(self, countIncludePad)
    return withCells(dy) { dy in
      workspace.tensor(input) { dx in
        eachPlane(dx, dy, workspace.threads) { target, upstream in
          target.fill(0, input[2] * input[3])
          eachWindow { index, rows, columns in
            let part = shares[index] * upstream[index]
            for row in rows {
              for column in columns { target.base[row * input[3] + column] += part }
            }
          }
        }
      }
    }
  }

  @inline(__always)
  private func eachWindow(_ body: (Int, Range<Int>, Range<Int>) -> Void) {
    for y in 0..<output[2] {
      let rows = cover(y, input[2])
      for x in 0..<output[3] { body(y * output[3] + x, rows, cover(x, input[3])) }
    }
  }

  /// The index of the first largest cell; a NaN wins, so that it is not hidden.
  @inline(__always)
  private func largest(_ plane: Cells, _ rows: Range<Int>, _ columns: Range<Int>) -> Int {
    var best = rows.lowerBound * input[3] + columns.lowerBound
    for row in rows {
      for column in columns {
        let index = row * input[3] + column
        if plane[index] > plane[best] || plane[index].isNaN { best = index }
      }
    }
    return best
  }
}

/// One over the number of cells that the mean of each window is over.
private struct Shares: Sendable {
  private let rows: [Int]
  private let columns: [Int]

  init(_ form: Pooling, _ countIncludePad: Bool) {
    func counts(_ axis: Int) -> [Int] {
      (0..<form.output[axis]).map { position in
        let start = position * form.window.stride - form.window.padding
        let pad = countIncludePad ? form.window.padding : 0
        return min(start + form.kernel, form.input[axis] + pad) - max(start, -pad)
      }
    }
    rows = counts(2)
    columns = counts(3)
  }

  subscript(index: Int) -> Float {
    1 / Float(rows[index / columns.count] * columns[index % columns.count])
  }
}

/// Finds the cell of one tensor at the place of a cell of another of the same shape.
private struct Offset: Sendable {
  let from: Cells
  let to: Cells

  func partner(of cell: Cells) -> Cells { to + (cell.base - from.base) }
}

extension Pooling {
  private typealias Pointer = UnsafeMutablePointer<Float>

  /// The 2 x 2 window with stride 2, the usual case.
  private func maximumOfPairs(_ x: Pointer, _ y: Pointer) {
    let width = output[3]
    for row in 0..<output[2] {
      let upper = x + 2 * row * input[3]
      let lower = upper + input[3]
      let target = y + row * width
      for i in 0..<width {
        var best = upper[2 * i]
        let others = (upper[2 * i + 1], lower[2 * i], lower[2 * i + 1])
        best = others.0 > best || others.0.isNaN ? others.0 : best
        best = others.1 > best || others.1.isNaN ? others.1 : best
        best = others.2 > best || others.2.isNaN ? others.2 : best
        target[i] = best
      }
    }
  }

  private func scatterToPairs(_ x: Pointer, _ dy: Pointer, _ dx: Pointer) {
    let width = output[3]
    let stride = input[3]
    if stride % 2 == 1 || input[2] % 2 == 1 { Cells(dx).fill(0, input[2] * stride) }
    for row in 0..<output[2] {
      let start = 2 * row * stride
      for i in 0..<width {
        let a = start + 2 * i
        let b = a + stride
        let value = dy[row * width + i]
        var best = a
        best = x[a + 1] > x[best] || x[a + 1].isNaN ? a + 1 : best
        best = x[b] > x[best] || x[b].isNaN ? b : best
        best = x[b + 1] > x[best] || x[b + 1].isNaN ? b + 1 : best
        dx[a] = best == a ? value : 0
        dx[a + 1] = best == a + 1 ? value : 0
        dx[b] = best == b ? value : 0
        dx[b + 1] = best == b + 1 ? value : 0
      }
    }
  }
}
