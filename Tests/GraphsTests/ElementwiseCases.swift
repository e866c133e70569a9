import Foundation
import Graphs
import Tensors

extension OperatorCase {
  static var all: [OperatorCase] {
    binary + unary + selections + shaping + indexing + convolution + pooling + adaptive
      + unpooling + normalisation + classes + random + fused
  }

  static func pair(
    _ op: some Operator, _ label: String, _ a: Shape, _ b: Shape,
    range: ClosedRange<Double> = -1...1, _ f: @escaping @Sendable (Double, Double) -> Double
  ) -> OperatorCase {
    OperatorCase(op, label, [a, b], range: range) { inputs in
      let shape = Broadcast(a, b)?.shape ?? []
      return Reference(shape) { f(inputs[0].spread($0), inputs[1].spread($0)) }
    }
  }

  static var binary: [OperatorCase] {
    [
      pair(Add(), "same", [2, 3], [2, 3], +),
      pair(Add(), "channels", [2, 3, 2, 2], [3, 1, 1], +),
      pair(Add(), "scalar", [2, 3], [], +),
      pair(Subtract(), "rows", [4, 1], [1, 3], -),
      pair(Multiply(), "same", [7], [7], *),
      pair(Multiply(), "images", [2, 1, 1, 1], [2, 3, 2, 2], *),
      pair(Divide(), "columns", [2, 3], [2, 1], range: 0.5...2, /),
      pair(Divide(), "scalar over", [], [2, 3], range: 0.5...2, /),
      OperatorCase(
        RectifierGradient(0.2), "", [[3, 4], [3, 4]],
        reference: { inputs in
          Reference([3, 4]) { inputs[0][$0] > 0 ? inputs[1][$0] : 0.2 * inputs[1][$0] }
        }),
    ]
  }

  static func one(
    _ op: some Operator, _ label: String = "", range: ClosedRange<Double> = -2...2,
    _ f: @escaping @Sendable (Double) -> Double
  ) -> OperatorCase {
    OperatorCase(op, label, [[3, 5]], range: range) { $0[0].map(f) }
  }

  static var unary: [OperatorCase] {
    [
      one(Scale(-1.5)) { -1.5 * $0 },
      one(Offset(0.25)) { $0 + 0.25 },
      one(Relu()) { max($0, 0) },
      one(LeakyRelu(0.2)) { $0 > 0 ? $0 : Double(Float(0.2)) * $0 },
      one(Sigmoid(), "middle") { 1 / (1 + exp(-$0)) },
      one(Sigmoid(), "far", range: -60...60) { 1 / (1 + exp(-$0)) },
      one(Tanh()) { tanh($0) },
      one(Softplus(), "middle") { log(1 + exp($0)) },
      one(Softplus(), "far", range: -200...200) { $0 > 30 ? $0 : log1p(exp($0)) },
      one(Exp()) { exp($0) },
      one(Log(), range: 0.5...3) { log($0) },
      one(SquareRoot(), range: 0.5...3) { $0.squareRoot() },
      one(Square()) { $0 * $0 },
      OperatorCase(Detach(), "", [[3]], rule: .zero) { $0[0] },
    ]
  }

  static var classes: [OperatorCase] {
    [
      OperatorCase(LogSoftmax(), "vector", [[3, 4]], range: -3...3) { logSoftmax($0[0]) },
      OperatorCase(LogSoftmax(), "cells", [[2, 3, 2, 2]], range: -3...3) { logSoftmax($0[0]) },
      OperatorCase(OneHot(classes: 3), "", [[2, 2]], rule: .zero) { _ in
        // Fractions name no class.
        Reference(zeros: [2, 3, 2])
      },
      OperatorCase(
        OneHot.self, "whole", [[4]], rule: .zero,
        build: { graph, inputs in
          let labels = graph.constant(Tensor([4], [2, 0, 255, -1]))
          let nothing = try graph.add(Scale(0), inputs[0])
          return try graph.add(OneHot(classes: 3), graph.add(Add(), labels, nothing))
        },
        reference: { _ in Reference([4, 3], [0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]) }),
    ]
  }

  private static func logSoftmax(_ x: Reference) -> Reference {
    Reference(x.shape) { index in
      var sum = 0.0
      for c in 0..<x.shape[1] {
        var other = index
        other[1] = c
        sum += exp(x[other])
      }
      return x[index] - log(sum)
    }
  }
}
