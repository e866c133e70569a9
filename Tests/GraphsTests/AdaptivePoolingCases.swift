import Graphs
import Tensors

extension OperatorCase {
  static var adaptive: [OperatorCase] {
    adaptive([1, 2, 5, 6], [1, 2, 2, 4]) + adaptive([2, 1, 4, 3], [2, 1, 1, 1])
      + adaptive([1, 1, 2, 3], [1, 1, 3, 3])
  }

  /// The cells of window `out`: from floor(i * n / m) to ceil((i + 1) * n / m).
  private static func cells(_ out: [Int], _ x: Shape, _ y: Shape) -> [[Int]] {
    func range(_ axis: Int) -> Range<Int> {
      let ratio = Double(x[axis]) / Double(y[axis])
      let start = (Double(out[axis]) * ratio + 1e-9).rounded(.down)
      let end = (Double(out[axis] + 1) * ratio - 1e-9).rounded(.up)
      return Int(start)..<Int(end)
    }
    return range(2).flatMap { row in range(3).map { [out[0], out[1], row, $0] } }
  }

  private static func adaptive(_ x: Shape, _ y: Shape) -> [OperatorCase] {
    @Sendable func best(_ out: [Int], _ values: Reference) -> [Int] {
      cells(out, x, y).max { values[$0] < values[$1] } ?? []
    }
    let label = "\(x) \(y)"
    let (height, width) = (y[2], y[3])
    return [
      OperatorCase(
        AdaptiveMaxPool2d(height: height, width: width), label, [x],
        rule: .differences(second: false)
      ) { inputs in Reference(y) { inputs[0][best($0, inputs[0])] } },
      OperatorCase(
        AdaptiveMaxPool2dGradient(height: height, width: width), label, [x, y], rule: .refused
      ) { inputs in
        var result = Reference(zeros: x)
        for out in Reference.indices(y) { result[best(out, inputs[0])] += inputs[1][out] }
        return result
      },
      OperatorCase(AdaptiveAveragePool2d(height: height, width: width), label, [x]) { inputs in
        Reference(y) {
          let window = cells($0, x, y)
          return window.reduce(0) { $0 + inputs[0][$1] } / Double(window.count)
        }
      },
      OperatorCase(AdaptiveAveragePool2dGradient(x), label, [y]) { inputs in
        var result = Reference(zeros: x)
        for out in Reference.indices(y) {
          let window = cells(out, x, y)
          for cell in window { result[cell] += inputs[0][out] / Double(window.count) }
        }
        return result
      },
    ]
  }

  static var unpooling: [OperatorCase] {
    let (x, y): (Shape, Shape) = ([2, 1, 4, 6], [2, 1, 2, 3])
    @Sendable func place(_ out: [Int], _ values: Reference) -> [Int] {
      let cells = Reference.indices([2, 2]).map {
        [out[0], out[1], 2 * out[2] + $0[0], 2 * out[3] + $0[1]]
      }
      return cells.max { values[$0] < values[$1] } ?? []
    }
    return [
      OperatorCase(MaxPool2dIndices(), "", [x], rule: .zero) { inputs in
        Reference(y) {
          let cell = place($0, inputs[0])
          return Double(cell[2] * 6 + cell[3])
        }
      },
      OperatorCase(
        MaxUnpool2d.self, "", [y, x], targets: [0],
        build: { graph, inputs in
          let indices = try graph.add(MaxPool2dIndices(), inputs[1])
          return try graph.add(MaxUnpool2d(height: 4, width: 6), inputs[0], indices)
        },
        reference: { inputs in
          var result = Reference(zeros: x)
          for out in Reference.indices(y) { result[place(out, inputs[1])] = inputs[0][out] }
          return result
        }),
      OperatorCase(
        MaxUnpool2dGradient.self, "", [x, x], targets: [0],
        build: { graph, inputs in
          let indices = try graph.add(MaxPool2dIndices(), inputs[1])
          return try graph.add(MaxUnpool2dGradient(), inputs[0], indices)
        },
        reference: { inputs in Reference(y) { inputs[0][place($0, inputs[1])] } }),
    ]
  }
}
