import Foundation
import Graphs
import Tensors

/// Elementwise operators with kinks: their inputs keep away from the kinks by chance, and
/// `KinkTests` looks at the kinks themselves.
extension OperatorCase {
  static var selections: [OperatorCase] {
    [
      one(Abs()) { abs($0) },
      OperatorCase(Sign(), "", [[3, 5]], rule: .zero) { $0[0].map { $0 > 0 ? 1 : -1 } },
      one(Power(2.5), "2.5", range: 0.5...2) { pow($0, 2.5) },
      one(Power(-0.5), "-0.5", range: 0.5...2) { pow($0, -0.5) },
      one(Power(3), "3") { $0 * $0 * $0 },
      one(Clip(min: -0.5, max: 1), "both") { min(max($0, -0.5), 1) },
      one(Clip(min: 0.25), "below") { max($0, 0.25) },
      OperatorCase(ClipGradient(min: -0.5, max: 0.25), "", [[3, 4], [3, 4]], targets: [1]) {
        inputs in
        Reference([3, 4]) { (-0.5...0.25).contains(inputs[0][$0]) ? inputs[1][$0] : 0 }
      },
      pair(Maximum(), "same", [3, 4], [3, 4], max),
      pair(Maximum(), "rows", [3, 1], [4], max),
      pair(Minimum(), "same", [3, 4], [3, 4], min),
      pair(Minimum(), "scalar", [2, 3], [], min),
      OperatorCase(Less(), "", [[2, 3], [3]], rule: .zero) { inputs in
        Reference([2, 3]) { inputs[0].spread($0) < inputs[1].spread($0) ? 1 : 0 }
      },
      choice("same", [2, 3], [2, 3], [2, 3]),
      choice("broadcast", [2, 1, 3], [3], [2, 2, 1]),
    ]
  }

  /// `Where` with the mask `x0 < 0`.
  private static func choice(_ label: String, _ m: Shape, _ a: Shape, _ b: Shape) -> OperatorCase {
    let pair = Broadcast(a, b)?.shape ?? []
    let shape = Broadcast(pair, m)?.shape ?? []
    return OperatorCase(
      Where.self, label, [m, a, b], targets: [1, 2],
      build: { graph, inputs in
        let mask = try graph.add(Less(), inputs[0], graph.constant(0))
        return try graph.add(Where(), mask, inputs[1], inputs[2])
      },
      reference: { inputs in
        Reference(shape) { inputs[inputs[0].spread($0) < 0 ? 1 : 2].spread($0) }
      })
  }
}
