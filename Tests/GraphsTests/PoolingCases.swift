import Foundation
import Graphs
import Tensors

extension OperatorCase {
  static var pooling: [OperatorCase] {
    pools(kernel: 2, stride: 2, padding: 0, [2, 2, 4, 6])
      + pools(kernel: 2, stride: 2, padding: 0, [1, 1, 5, 5])
      + pools(kernel: 3, stride: 2, padding: 1, [1, 2, 5, 6])
      + pools(kernel: 3, stride: 1, padding: 1, [1, 1, 4, 4])
      + resizes
  }

  /// The cells of window `out` that lie inside the plane.
  private static func cells(
    _ out: [Int], _ x: Shape, _ kernel: Int, _ window: Window
  ) -> [[Int]] {
    Reference.indices([kernel, kernel]).compactMap { tap in
      let row = out[2] * window.stride + tap[0] - window.padding
      let column = out[3] * window.stride + tap[1] - window.padding
      guard row >= 0, row < x[2], column >= 0, column < x[3] else { return nil }
      return [out[0], out[1], row, column]
    }
  }

  private static func pools(
    kernel: Int, stride: Int, padding: Int, _ x: Shape
  ) -> [OperatorCase] {
    let window = Window(stride: stride, padding: padding)
    let y: Shape = [
      x[0], x[1], window.output(x[2], kernel: kernel), window.output(x[3], kernel: kernel),
    ]
    let label = "\(x) \(kernel) \(stride) \(padding)"
    let share = 1 / Double(kernel * kernel)
    return [
      OperatorCase(
        MaxPool2d(kernel: kernel, stride: stride, padding: padding), label, [x],
        rule: .differences(second: false)
      ) { inputs in
        Reference(y) { cells($0, x, kernel, window).map { inputs[0][$0] }.max() ?? .nan }
      },
      OperatorCase(MaxPool2dGradient(kernel, window), label, [x, y], rule: .refused) { inputs in
        var result = Reference(zeros: x)
        for out in Reference.indices(y) {
          let best = cells(out, x, kernel, window).max { inputs[0][$0] < inputs[0][$1] } ?? []
          result[best] += inputs[1][out]
        }
        return result
      },
      OperatorCase(AveragePool2d(kernel: kernel, stride: stride, padding: padding), label, [x]) {
        inputs in
        Reference(y) {
          share * cells($0, x, kernel, window).map { inputs[0][$0] }.reduce(0, +)
        }
      },
      OperatorCase(AveragePool2dGradient(kernel, window, x), label, [y]) { inputs in
        var result = Reference(zeros: x)
        for out in Reference.indices(y) {
          for cell in cells(out, x, kernel, window) { result[cell] += share * inputs[0][out] }
        }
        return result
      },
    ]
  }

  /// The weight of source cell `cell` in output cell `position` on an axis.
  private static func weight(_ cell: Int, _ position: Int, _ source: Int, _ target: Int) -> Double {
    let at = max(0, (Double(position) + 0.5) * Double(source) / Double(target) - 0.5)
    let first = min(Int(at), source - 1)
    let second = min(first + 1, source - 1)
    return (cell == first ? 1 - (at - Double(first)) : 0)
      + (cell == second ? at - Double(first) : 0)
  }

  private static func bilinear(_ from: Shape, _ to: Shape) -> [OperatorCase] {
    @Sendable func share(_ source: [Int], _ target: [Int]) -> Double {
      weight(source[2], target[2], from[2], to[2]) * weight(source[3], target[3], from[3], to[3])
    }
    let planes = Reference.indices([from[2], from[3]])
    return [
      OperatorCase(ResizeBilinear(height: to[2], width: to[3]), "\(from) \(to)", [from]) { inputs in
        Reference(to) { out in
          planes.reduce(0) { sum, cell in
            let source = [out[0], out[1]] + cell
            return sum + share(source, out) * inputs[0][source]
          }
        }
      },
      OperatorCase(
        ResizeBilinearGradient(height: from[2], width: from[3]), "\(from) \(to)", [to]
      ) { inputs in
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

  private static var resizes: [OperatorCase] {
    bilinear([1, 2, 3, 4], [1, 2, 6, 8]) + bilinear([2, 1, 5, 3], [2, 1, 4, 7]) + [
      OperatorCase(UpsampleNearest(factor: 2), "2", [[2, 2, 2, 3]]) { inputs in
        Reference([2, 2, 4, 6]) { inputs[0][$0[0], $0[1], $0[2] / 2, $0[3] / 2] }
      },
      OperatorCase(UpsampleNearest(factor: 3), "3", [[1, 1, 2, 2]]) { inputs in
        Reference([1, 1, 6, 6]) { inputs[0][$0[0], $0[1], $0[2] / 3, $0[3] / 3] }
      },
    ]
  }
}
