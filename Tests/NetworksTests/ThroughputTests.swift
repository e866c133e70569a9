import Foundation
import Graphs
import Tensors
import Testing

import Networks

/// Prints measured speed; runs only when asked, because a figure is no pass or failure.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["PLEURA_BENCH"] != nil))
struct ThroughputTests {
  @Test func vggStep() throws {
    let spec = NetworkSpec.vggGAP(.init(widths: [[16, 16], [32, 32], [64, 64, 64]]))
    let batch = 16
    let size = 160
    var graph = try spec.build(batch: batch, inputSize: (size, size), training: true)
    let logits = try #require(graph.taps["logits"])
    let target = graph.input("target", [batch, 1])
    let loss = try graph.binaryCrossEntropy(logits: logits, targets: target)
    let trained = graph.parameters.map(\.value)
    let gradients = try graph.gradient(of: loss, withRespectTo: trained)
    let parameters = try spec.initialParameters(seed: 1)
    var source = RandomSource(seed: 2)
    let image = Tensor(
      [batch, 1, size, size], (0..<batch * size * size).map { _ in Float(source.normal()) })
    let inputs = ["image": image, "target": Tensor(zeros: [batch, 1])]
    let flops = Self.convolutionFlops(graph, upTo: loss)
    for (name, outputs, passes) in [("forward", [loss], 1.0), ("step", [loss] + gradients, 3.0)] {
      let plan = try Plan(graph, outputs: outputs)
      for threads in [1, 2] {
        let workspace = Workspace(threads: threads)
        _ = try plan.run(inputs: inputs, parameters: parameters, workspace: workspace)
        let start = ContinuousClock.now
        let before = clock()
        let runs = 3
        for _ in 0..<runs {
          _ = try plan.run(inputs: inputs, parameters: parameters, workspace: workspace)
        }
        let elapsed = (ContinuousClock.now - start) / runs
        let seconds =
          Double(elapsed.components.attoseconds) * 1e-18
          + Double(elapsed.components.seconds)
        let cpu = Double(clock() - before) / Double(CLOCKS_PER_SEC) / Double(runs)
        print(
          "cpu", cpu, name, threads, "threads", seconds, "s", passes * flops / seconds / 1e9,
          "GFLOP/s peak",
          plan.peakBytes >> 20, "MiB")
      }
    }
  }

  /// Twice the multiply-adds of the forward convolutions.
  private static func convolutionFlops(_ graph: Graph, upTo last: Value) -> Double {
    var sum = 0.0
    for index in 0..<last.index {
      guard case .operation(let op, let inputs) = graph.nodes[index].source, op is Conv2d else {
        continue
      }
      let weight = graph.shape(of: inputs[1])
      sum += 2 * Double(graph.nodes[index].shape.count * weight.count / weight[0])
    }
    return sum
  }
}
