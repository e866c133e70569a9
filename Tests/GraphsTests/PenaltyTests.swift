import Foundation
import Graphs
import Tensors
import Testing

/// The gradient penalty of a critic, a second derivative; methods.md card 4.
@Suite struct PenaltyTests {
  private struct Outcome {
    let scores: Tensor
    let norms: Tensor
    let penalty: Tensor
    let weight: Tensor
    let head: Tensor
  }

  private func critic(batchNorm: Bool) throws -> Outcome {
    var graph = Graph()
    let x = graph.input("x", [2, 1, 4, 4])
    let weight = graph.parameter("conv.weight", [2, 1, 3, 3])
    let bias = graph.parameter("conv.bias", [2])
    let head = graph.parameter("head.weight", [1, 2])
    var y = try graph.add(Conv2d(stride: 2, padding: 1), x, weight, bias)
    if batchNorm { y = try graph.batchNorm(y, name: "bn", training: true) }
    y = try graph.add(LeakyRelu(0.2), y)
    let scores = try graph.linear(
      graph.globalMean(y), weight: head, bias: graph.constant(Tensor([1], [0.05])))
    let norms = try graph.gradientNorms(of: scores, at: x)
    let penalty = try graph.gradientPenalty(norms: norms)
    let slopes = try graph.gradient(of: penalty, withRespectTo: [weight, head])
    let parameters = Parameters([
      "conv.weight": Tensor([2, 1, 3, 3], (1...18).map { Float(sin(Double($0))) }),
      "conv.bias": Tensor([2], [0.1, -0.2]), "head.weight": Tensor([1, 2], [0.7, -0.4]),
      "bn.weight": Tensor([2], [1, 1]), "bn.bias": Tensor([2], [0, 0]),
    ])
    let image = Tensor([2, 1, 4, 4], (0..<32).map { Float(cos(Double($0))) })
    let ours = try Plan(graph, outputs: [scores, norms, penalty] + slopes)
      .run(inputs: ["x": image], parameters: parameters, workspace: Workspace(threads: 1))
    return Outcome(
      scores: ours[0], norms: ours[1], penalty: ours[2], weight: ours[3], head: ours[4])
  }

  @Test func withoutNorm() throws {
    let ours = try critic(batchNorm: false)
    expectClose(ours.scores, [1.06956, -0.559072], 2e-6)
    expectClose(ours.norms, [0.869149, 0.688516], 1e-6)
    expectClose(ours.penalty, [0.5707210376], 2e-6)
    #expect(abs(ours.weight.values.reduce(0) { $0 + abs($1) } - 4.603146) < 2e-5)
    expectClose(ours.head, [-2.586729, 3.677992], 2e-6)
    expectClose(
      Tensor([9], Array(ours.weight.values[..<9])),
      [
        -0.150944, -0.272431, -0.20669, 0.153574, 0.366824, 0.247025, -0.228086, -0.555217,
        -0.414063,
      ], 2e-6)
  }

  /// Batch norm mixes the samples: its second derivative.
  @Test func withBatchNorm() throws {
    let ours = try critic(batchNorm: true)
    expectClose(ours.scores, [0.560539, -0.242564], 2e-6)
    expectClose(ours.norms, [0.033111, 0.025649], 2e-6)
    expectClose(ours.penalty, [9.421171345], 2e-6)
    #expect(abs(ours.weight.values.reduce(0) { $0 + abs($1) } - 4.106213) < 2e-3)
    expectClose(ours.head, [-0.814336, 0.000057], 2e-5)
  }
}
