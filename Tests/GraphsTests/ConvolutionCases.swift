import Graphs
import Tensors

/// One convolution with its shapes, and its three passes as nested loops.
struct NaiveConvolution {
  let x: Shape
  let w: Shape
  let window: Window
  var groups = 1

  var y: Shape {
    [
      x[0], w[0], window.output(x[2], kernel: w[2]), window.output(x[3], kernel: w[3]),
    ]
  }

  /// Calls `body(x index, w index, y index)` for every product of the convolution.
  func eachTerm(_ body: ([Int], [Int], [Int]) -> Void) {
    for out in Reference.indices(y) {
      for tap in Reference.indices([w[1], w[2], w[3]]) {
        let row = out[2] * window.stride + tap[1] * window.dilation - window.padding
        let column = out[3] * window.stride + tap[2] * window.dilation - window.padding
        if row >= 0, row < x[2], column >= 0, column < x[3] {
          let channel = out[1] / (w[0] / groups) * w[1] + tap[0]
          body([out[0], channel, row, column], [out[1]] + tap, out)
        }
      }
    }
  }

  func forward(_ inputs: [Reference]) -> Reference {
    var result = Reference(zeros: y)
    eachTerm { result[$2] += inputs[0][$0] * inputs[1][$1] }
    guard inputs.count == 3 else { return result }
    let sum = result
    return Reference(y) { sum[$0] + inputs[2][$0[1]] }
  }

  func inputGradient(_ inputs: [Reference]) -> Reference {
    var result = Reference(zeros: x)
    eachTerm { result[$0] += inputs[0][$2] * inputs[1][$1] }
    return result
  }

  func weightGradient(_ inputs: [Reference]) -> Reference {
    var result = Reference(zeros: w)
    eachTerm { result[$1] += inputs[0][$0] * inputs[1][$2] }
    return result
  }

  var cases: [OperatorCase] {
    let form = self
    let op = Conv2d(
      stride: window.stride, padding: window.padding, dilation: window.dilation, groups: groups)
    let label = "\(x) \(w) \(op.attributes)"
    return [
      OperatorCase(op, label, [x, w]) { form.forward($0) },
      OperatorCase(op, label + " bias", [x, w, [w[0]]]) { form.forward($0) },
      OperatorCase(Conv2dInputGradient(window, x, groups: groups), label, [y, w]) {
        form.inputGradient($0)
      },
      OperatorCase(Conv2dWeightGradient(window, w, groups: groups), label, [x, y]) {
        form.weightGradient($0)
      },
    ]
  }
}

extension OperatorCase {
  static var convolution: [OperatorCase] {
    [
      NaiveConvolution(x: [2, 2, 4, 5], w: [3, 2, 3, 3], window: Window(padding: 1)),
      NaiveConvolution(x: [1, 2, 5, 6], w: [2, 2, 3, 3], window: Window(stride: 2, padding: 1)),
      NaiveConvolution(x: [1, 1, 6, 5], w: [2, 1, 2, 2], window: Window(stride: 2)),
      NaiveConvolution(x: [1, 2, 6, 6], w: [1, 2, 3, 3], window: Window(padding: 2, dilation: 2)),
      NaiveConvolution(x: [2, 3, 3, 2], w: [2, 3, 1, 1], window: Window()),
      NaiveConvolution(x: [1, 2, 5, 5], w: [2, 2, 1, 1], window: Window(stride: 2)),
      NaiveConvolution(x: [1, 1, 3, 3], w: [1, 1, 3, 3], window: Window(padding: 3)),
      NaiveConvolution(x: [2, 4, 4, 3], w: [6, 2, 3, 3], window: Window(padding: 1), groups: 2),
      NaiveConvolution(
        x: [1, 3, 5, 4], w: [3, 1, 3, 3], window: Window(stride: 2, padding: 1), groups: 3),
      NaiveConvolution(x: [1, 2, 3, 3], w: [4, 1, 1, 1], window: Window(), groups: 2),
    ].flatMap(\.cases)
  }
}
