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
        BatchNormalize(), "given statistics", [x, [2, 3], [3], [3]], range: 0.5...2
      ) { normalize($0[0], $0[1], $0[2], $0[3]) },
      OperatorCase(
        BatchNormalize.self, "own statistics", [x, [3], [3]],
        build: { graph, inputs in
          let own = try graph.add(BatchStatistics(), inputs[0])
          return try graph.add(BatchNormalize(), inputs[0], own, inputs[1], inputs[2])
        }, reference: { normalize($0[0], statistics($0[0]), $0[1], $0[2]) }),
      OperatorCase(ChannelMoments(), "", [x, [2, 3], x]) {
        moments($0[0], $0[1], $0[2])
      },
      OperatorCase(
        BatchNormalizeGradient(epsilon: 1e-5), "", [x, [2, 3], [3], x, [2, 3]], range: 0.5...2
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
    ] + groups([2, 4, 2, 3], 2) + groups([2, 3, 2, 2], 1) + groups([1, 2, 5], 2)
  }

  /// The normalised x of each image and run of channels, and `1 / deviation` of each element.
  private static func standardize(_ x: Reference, _ groups: Int) -> (Reference, Reference) {
    let size = x.shape.count / x.shape[0] / groups
    var (normal, rate) = (x, x)
    for start in stride(from: 0, to: x.shape.count, by: size) {
      let run = x.values[start..<start + size]
      let mean = run.reduce(0, +) / Double(size)
      let variance = run.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(size)
      for i in start..<start + size {
        rate.values[i] = 1 / (variance + epsilon).squareRoot()
        normal.values[i] = (x.values[i] - mean) * rate.values[i]
      }
    }
    return (normal, rate)
  }

  private static func groups(_ x: Shape, _ groups: Int) -> [OperatorCase] {
    let channels: Shape = [x[1]]
    let label = "\(x) \(groups)"
    let size = x.count / x[0] / groups
    @Sendable func affine(_ inputs: [Reference]) -> Reference {
      let normal = standardize(inputs[0], groups).0
      return Reference(x) { normal[$0] * inputs[1][$0[1]] + inputs[2][$0[1]] }
    }
    return [
      OperatorCase(
        GroupNormalize(groups: groups), label, [x, channels, channels],
        rule: .differences(second: false), reference: affine),
      OperatorCase(
        GroupNormalize.self, label + " twice", [x],
        build: { try $0.groupNorm($1[0], name: nil, groups: groups, twice: true) },
        reference: { standardize($0[0], groups).0 }),
      OperatorCase(
        GroupNormalizeGradient(groups: groups, epsilon: 1e-5), label, [x, channels, x],
        rule: .refused
      ) { inputs in
        let (normal, rate) = standardize(inputs[0], groups)
        let scaled = Reference(x) { inputs[1][$0[1]] * inputs[2][$0] }
        var result = Reference(zeros: x)
        for i in x.indexList {
          let run = (i / size * size)..<(i / size + 1) * size
          let first = run.reduce(0) { $0 + scaled.values[$1] } / Double(size)
          let second = run.reduce(0) { $0 + scaled.values[$1] * normal.values[$1] } / Double(size)
          result.values[i] = rate.values[i] * (scaled.values[i] - first - normal.values[i] * second)
        }
        return result
      },
    ]
  }
}
