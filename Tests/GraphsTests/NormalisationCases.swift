import Graphs
import Tensors

extension OperatorCase {
  private static let epsilon = Double(Float(1e-5))

  /// Mean and biased variance of each channel.
  private static func statistics(_ x: Reference) -> Reference {
    let count = Double(x.shape.count / x.shape[1])
    var result = Reference(zeros: [2, x.shape[1]])
    for index in Reference.indices(x.shape) { result[0, index[1]] += x[index] / count }
    let mean = result
    for index in Reference.indices(x.shape) {
      let d = x[index] - mean[0, index[1]]
      result[1, index[1]] += d * d / count
    }
    return result
  }

  private static func normalize(
    _ x: Reference, _ s: Reference, _ gamma: Reference, _ beta: Reference
  ) -> Reference {
    Reference(x.shape) { index in
      let c = index[1]
      let deviation = (s[1, c] + epsilon).squareRoot()
      return gamma[c] * (x[index] - s[0, c]) / deviation + beta[c]
    }
  }

  private static func moments(_ x: Reference, _ s: Reference, _ u: Reference) -> Reference {
    var result = Reference(zeros: s.shape)
    for index in Reference.indices(x.shape) {
      result[0, index[1]] += u[index]
      result[1, index[1]] += u[index] * (x[index] - s[0, index[1]])
    }
    return result
  }

  static var normalisation: [OperatorCase] {
    let x: Shape = [2, 3, 2, 3]
    return [
      OperatorCase(BatchStatistics(), "planes", [x]) { statistics($0[0]) },
      OperatorCase(BatchStatistics(), "vector", [[5, 2]]) { statistics($0[0]) },
      OperatorCase(
        BatchNormalize(), "given statistics", [x, [2, 3], [3], [3]], range: 0.5...2,
        rule: .differences(second: false)
      ) { normalize($0[0], $0[1], $0[2], $0[3]) },
      OperatorCase(
        BatchNormalize.self, "own statistics", [x, [3], [3]],
        rule: .differences(second: false),
        build: { graph, inputs in
          let own = try graph.add(BatchStatistics(), inputs[0])
          return try graph.add(BatchNormalize(), inputs[0], own, inputs[1], inputs[2])
        }, reference: { normalize($0[0], statistics($0[0]), $0[1], $0[2]) }),
      OperatorCase(ChannelMoments(), "", [x, [2, 3], x], rule: .refused) {
        moments($0[0], $0[1], $0[2])
      },
      OperatorCase(
        BatchNormalizeGradient(epsilon: 1e-5), "", [x, [2, 3], [3], x, [2, 3]], range: 0.5...2,
        rule: .refused
      ) { inputs in
        let (x, s, gamma, u, moments) = (inputs[0], inputs[1], inputs[2], inputs[3], inputs[4])
        let count = Double(x.shape.count / x.shape[1])
        return Reference(x.shape) { index in
          let c = index[1]
          let r = 1 / (s[1, c] + epsilon).squareRoot()
          let part = (x[index] - s[0, c]) * r * r * moments[1, c] / count
          return gamma[c] * r * (u[index] - moments[0, c] / count - part)
        }
      },
    ]
  }
}
