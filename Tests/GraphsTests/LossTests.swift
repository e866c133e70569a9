import Foundation
import Graphs
import Tensors
import Testing

/// Losses against naive double precision and finite differences.
@Suite struct LossTests {
  /// Value of the loss and its slope with respect to the first input.
  private func evaluate(
    _ inputs: [Tensor], _ loss: (inout Graph, [Value]) throws -> Value
  ) throws -> (Tensor, Tensor) {
    var graph = Graph()
    let values = inputs.enumerated().map { graph.input("x\($0.offset)", $0.element.shape) }
    let scalar = try loss(&graph, values)
    let slope = try graph.gradient(of: scalar, withRespectTo: [values[0]])[0]
    let named = inputs.enumerated().map { ("x\($0.offset)", $0.element) }
    let ours = try Plan(graph, outputs: [scalar, slope])
      .run(inputs: Dictionary(uniqueKeysWithValues: named), workspace: Workspace(threads: 1))
    return (ours[0], ours[1])
  }

  private func differences(_ x: [Double], _ f: ([Double]) -> Double) -> [Double] {
    x.indices.map { index in
      var (up, down) = (x, x)
      up[index] += 1e-5
      down[index] -= 1e-5
      return (f(up) - f(down)) / 2e-5
    }
  }

  private func tensor(_ shape: Shape, _ values: [Double]) -> Tensor {
    Tensor(shape, values.map { Float($0) })
  }

  @Test func binaryCrossEntropy() throws {
    let z = [2.0, -1.5, 0.25, 4.0, -3.0, 0.5]
    let y = [1.0, 0, 1, 0, 1, 0]
    let weights = [1.0, 0, 1, 1, 1, 0.5]
    func naive(_ z: [Double], _ p: Double, _ w: [Double]) -> Double {
      var (sum, total) = (0.0, 0.0)
      for i in z.indices {
        let q = 1 / (1 + exp(-z[i]))
        sum -= w[i] * (p * y[i] * log(q) + (1 - y[i]) * log(1 - q))
        total += w[i]
      }
      return sum / total
    }
    let ones = [Double](repeating: 1, count: 6)
    let plain = try evaluate([tensor([3, 2], z), tensor([3, 2], y)]) {
      try $0.binaryCrossEntropy(logits: $1[0], targets: $1[1], positiveWeight: 3)
    }
    expectClose(plain.0, [naive(z, 3, ones)], 1e-6)
    expectClose(plain.1, differences(z) { naive($0, 3, ones) }, 1e-5)
    let weighted = try evaluate([tensor([3, 2], z), tensor([3, 2], y), tensor([3, 2], weights)]) {
      try $0.binaryCrossEntropy(logits: $1[0], targets: $1[1], weights: $1[2])
    }
    expectClose(weighted.0, [naive(z, 1, weights)], 1e-6)
    expectClose(weighted.1, differences(z) { naive($0, 1, weights) }, 1e-5)
  }

  /// methods.md 2.4: s = 2, t = -1, T = 10 gives .703135 and q - p = .549834 - .475021.
  @Test func binaryCrossEntropyOfSoftTargets() throws {
    let ours = try evaluate([tensor([1], [0.2]), tensor([1], [1 / (1 + exp(0.1))])]) {
      try $0.binaryCrossEntropy(logits: $1[0], targets: $1[1])
    }
    expectClose(ours.0, [0.703135], 1e-6)
    expectClose(ours.1, [0.549834 - 0.475021], 1e-6)
  }

  /// Logits of any size give finite losses and slopes.
  @Test func extremeLogitsStayFinite() throws {
    let ours = try evaluate([tensor([4], [1e4, -1e4, 1e4, -1e4]), tensor([4], [1, 0, 0, 1])]) {
      try $0.binaryCrossEntropy(logits: $1[0], targets: $1[1])
    }
    expectClose(ours.0, [5000], 1e-6)
    expectClose(ours.1, [0, 0, 0.25, -0.25], 1e-6)
  }

  @Test func softmaxCrossEntropyIgnores() throws {
    let z = [1.0, -0.5, 2.0, 0.25, 0.75, -1.0, 0.1, 0.2, 0.3]
    let labels = [2.0, 255, 0]
    func naive(_ z: [Double]) -> Double {
      var sum = 0.0
      for (row, label) in [(0, 2), (2, 0)] {
        let scores = z[row * 3..<row * 3 + 3]
        sum += log(scores.reduce(0) { $0 + exp($1) }) - z[row * 3 + label]
      }
      return sum / 2
    }
    let ours = try evaluate([tensor([3, 3], z), tensor([3], labels)]) {
      try $0.softmaxCrossEntropy(logits: $1[0], labels: $1[1])
    }
    expectClose(ours.0, [naive(z)], 1e-6)
    expectClose(ours.1, differences(z, naive), 1e-5)
    let none = try evaluate([tensor([3, 3], z), tensor([3], [9, 9, 9])]) {
      try $0.softmaxCrossEntropy(logits: $1[0], labels: $1[1])
    }
    #expect(none.0.scalar == 0)
    #expect(none.1.values.allSatisfy { $0 == 0 })
  }

  @Test func softDice() throws {
    let p = [0.9, 0.2, 0.4, 0.7, 0.1, 0.6, 0.3, 0.8]
    let y = [1.0, 0, 1, 1, 0, 0, 0, 1]
    func naive(_ p: [Double]) -> Double {
      var score = 0.0
      for c in 0..<2 {
        let cells = [0, 1].flatMap { n in (0..<2).map { (n * 2 + c) * 2 + $0 } }
        let overlap = cells.reduce(0) { $0 + p[$1] * y[$1] }
        let sum = cells.reduce(0) { $0 + p[$1] + y[$1] }
        score += (2 * overlap + 1) / (sum + 1) / 2
      }
      return 1 - score
    }
    let ours = try evaluate([tensor([2, 2, 1, 2], p), tensor([2, 2, 1, 2], y)]) {
      try $0.softDice(probabilities: $1[0], targets: $1[1])
    }
    expectClose(ours.0, [naive(p)], 1e-6)
    expectClose(ours.1, differences(p, naive), 1e-5)
  }
}
