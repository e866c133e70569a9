import Foundation
import Graphs
import Tensors

/// One pooling with its input, and its passes as nested loops.
private struct NaivePool {
  let x: Shape
  let kernel: Int
  let window: Window
  let ceilMode: Bool

  /// Counts windows by the rule of PyTorch: as many as fit; rounded up, one more if the last one
  /// does not reach the end of the padding and the next starts before it.
  private func extent(_ input: Int) -> Int {
    var count = 0
    while true {
      let start = count * window.stride
      let fits = start + kernel <= input + 2 * window.padding
      let reaches = start - window.stride + kernel < input + 2 * window.padding
      guard fits || (ceilMode && reaches && start < input + window.padding) else { return count }
      count += 1
    }
  }

  var y: Shape { [x[0], x[1], extent(x[2]), extent(x[3])] }

  private func taps(_ out: [Int]) -> [(row: Int, column: Int)] {
    Reference.indices([kernel, kernel]).map {
      (
        out[2] * window.stride + $0[0] - window.padding,
        out[3] * window.stride + $0[1] - window.padding
      )
    }
  }

  /// The cells of window `out` that lie inside the plane.
  func cells(_ out: [Int]) -> [[Int]] {
    taps(out).filter { (0..<x[2]).contains($0.row) && (0..<x[3]).contains($0.column) }
      .map { [out[0], out[1], $0.row, $0.column] }
  }

  /// One over what the mean of window `out` divides by.
  private func share(_ out: [Int], _ padded: Bool) -> Double {
    guard padded else { return 1 / Double(cells(out).count) }
    let count = taps(out).filter {
      $0.row < x[2] + window.padding && $0.column < x[3] + window.padding
    }.count
    return 1 / Double(count)
  }

  private func best(_ out: [Int], _ x: Reference) -> [Int] {
    cells(out).max { x[$0] < x[$1] } ?? []
  }

  private var maximum: [OperatorCase] {
    let form = self
    let (x, y) = (x, y)
    let label = "\(x) \(window.stride) \(window.padding) \(kernel) \(ceilMode)"
    return [
      OperatorCase(
        MaxPool2d(
          kernel: kernel, stride: window.stride, padding: window.padding, ceilMode: ceilMode),
        label, [x]
      ) { inputs in Reference(y) { inputs[0][form.best($0, inputs[0])] } },
      OperatorCase(
        MaxPool2dGradient(kernel, window, ceilMode: ceilMode), label, [x, y], targets: [1]
      ) { inputs in
        var result = Reference(zeros: x)
        for out in Reference.indices(y) { result[form.best(out, inputs[0])] += inputs[1][out] }
        return result
      },
      OperatorCase(
        MaxPool2dGather(kernel, window, ceilMode: ceilMode), label, [x, x], targets: [1]
      ) { inputs in Reference(y) { inputs[1][form.best($0, inputs[0])] } },
    ]
  }

  private func average(_ padded: Bool) -> [OperatorCase] {
    let form = self
    let (x, y) = (x, y)
    let op = AveragePool2d(
      kernel: kernel, stride: window.stride, padding: window.padding, ceilMode: ceilMode,
      countIncludePad: padded)
    let back = AveragePool2dGradient(
      kernel, window, x, ceilMode: ceilMode, countIncludePad: padded)
    return [
      OperatorCase(op, "\(x) \(op.attributes)", [x]) { inputs in
        Reference(y) {
          form.share($0, padded) * form.cells($0).map { inputs[0][$0] }.reduce(0, +)
        }
      },
      OperatorCase(back, "\(x) \(op.attributes)", [y]) { inputs in
        var result = Reference(zeros: x)
        for out in Reference.indices(y) {
          let part = form.share(out, padded) * inputs[0][out]
          for cell in form.cells(out) { result[cell] += part }
        }
        return result
      },
    ]
  }

  var cases: [OperatorCase] {
    maximum + average(true) + (window.padding > 0 || ceilMode ? average(false) : [])
  }
}

extension OperatorCase {
  static var pooling: [OperatorCase] {
    pools(kernel: 2, stride: 2, padding: 0, [2, 2, 4, 6])
      + pools(kernel: 2, stride: 2, padding: 0, [1, 1, 5, 5])
      + pools(kernel: 3, stride: 2, padding: 1, [1, 2, 5, 6])
      + pools(kernel: 3, stride: 1, padding: 1, [1, 1, 4, 4])
      + pools(kernel: 2, stride: 2, padding: 0, [1, 1, 5, 3], ceilMode: true)
      + pools(kernel: 3, stride: 2, padding: 0, [1, 2, 4, 6], ceilMode: true)
      + pools(kernel: 3, stride: 2, padding: 1, [1, 1, 4, 5], ceilMode: true)
      + pools(kernel: 2, stride: 3, padding: 1, [1, 1, 5, 4], ceilMode: true)
      + resizes
  }

  private static func pools(
    kernel: Int, stride: Int, padding: Int, _ x: Shape, ceilMode: Bool = false
  ) -> [OperatorCase] {
    NaivePool(
      x: x, kernel: kernel, window: Window(stride: stride, padding: padding), ceilMode: ceilMode
    ).cases
  }

  /// The weight of source cell `cell` in output cell `position` on an axis.
  private static func weight(
    _ cell: Int, _ position: Int, _ source: Int, _ target: Int, _ corners: Bool
  ) -> Double {
    let at =
      corners
      ? (target > 1 ? Double(position * (source - 1)) / Double(target - 1) : 0)
      : max(0, (Double(position) + 0.5) * Double(source) / Double(target) - 0.5)
    let first = min(Int(at), source - 1)
    let second = min(first + 1, source - 1)
    return (cell == first ? 1 - (at - Double(first)) : 0)
      + (cell == second ? at - Double(first) : 0)
  }

  private static func bilinear(
    _ from: Shape, _ to: Shape, corners: Bool = false
  ) -> [OperatorCase] {
    @Sendable func share(_ source: [Int], _ target: [Int]) -> Double {
      weight(source[2], target[2], from[2], to[2], corners)
        * weight(source[3], target[3], from[3], to[3], corners)
    }
    let op = ResizeBilinear(height: to[2], width: to[3], alignCorners: corners)
    let back = ResizeBilinearGradient(height: from[2], width: from[3], alignCorners: corners)
    let label = "\(from) \(to) \(corners)"
    let planes = Reference.indices([from[2], from[3]])
    return [
      OperatorCase(op, label, [from]) { inputs in
        Reference(to) { out in
          planes.reduce(0) { sum, cell in
            let source = [out[0], out[1]] + cell
            return sum + share(source, out) * inputs[0][source]
          }
        }
      },
      OperatorCase(back, label, [to]) { inputs in
        var result = Reference(zeros: from)
        for out in Reference.indices(to) {
          for cell in planes {
            let source = [out[0], out[1]] + cell
            result[source] += share(source, out) * inputs[0][out]
          }
        }
        return result
      },
    ]
  }

  private static func nearest(_ from: Shape, _ to: Shape) -> [OperatorCase] {
    @Sendable func source(_ out: [Int]) -> [Int] {
      [out[0], out[1], out[2] * from[2] / to[2], out[3] * from[3] / to[3]]
    }
    return [
      OperatorCase(ResizeNearest(height: to[2], width: to[3]), "\(from) \(to)", [from]) { inputs in
        Reference(to) { inputs[0][source($0)] }
      },
      OperatorCase(
        ResizeNearestGradient(height: from[2], width: from[3]), "\(from) \(to)", [to]
      ) { inputs in
        var result = Reference(zeros: from)
        for out in Reference.indices(to) { result[source(out)] += inputs[0][out] }
        return result
      },
    ]
  }

  private static var resizes: [OperatorCase] {
    bilinear([1, 2, 3, 4], [1, 2, 6, 8]) + bilinear([2, 1, 5, 3], [2, 1, 4, 7])
      + bilinear([1, 2, 3, 4], [1, 2, 6, 7], corners: true)
      + bilinear([2, 1, 5, 3], [2, 1, 3, 1], corners: true)
      + nearest([1, 2, 3, 4], [1, 2, 5, 8]) + nearest([2, 1, 5, 3], [2, 1, 2, 2]) + upsamples
  }

  private static var upsamples: [OperatorCase] {
    [
      OperatorCase(UpsampleNearest(factor: 2), "2", [[2, 2, 2, 3]]) { inputs in
        Reference([2, 2, 4, 6]) { inputs[0][$0[0], $0[1], $0[2] / 2, $0[3] / 2] }
      },
      OperatorCase(UpsampleNearest(factor: 3), "3", [[1, 1, 2, 2]]) { inputs in
        Reference([1, 1, 6, 6]) { inputs[0][$0[0], $0[1], $0[2] / 3, $0[3] / 3] }
      },
    ]
  }
}
