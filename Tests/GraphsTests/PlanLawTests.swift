import Graphs
import Tensors
import Testing

/// The law of plans over random networks: rewritten and compiled, they compute the same.
@Suite struct PlanLawTests {
  private enum Form: CaseIterable {
    case evaluation, attribution, training
  }

  private func outputs(_ random: inout RandomGraph, _ form: Form) throws -> [Value] {
    switch form {
    case .evaluation: random.outputs()
    case .attribution: try random.attributionOutputs()
    case .training: try random.trainingOutputs()
    }
  }

  /// The worst difference of any output from the naive run, relative to its largest element.
  private func worst(
    _ graph: Graph, _ wanted: [Value], seed: UInt64, threads: Int
  ) throws -> Double {
    let numbers = GraphNumbers(graph, seed: seed)
    let naive = try PlanTests.naiveRun(graph, wanted, numbers.inputs, numbers.parameters)
    let plan = try Plan(graph, outputs: wanted, options: PlanOptions(convolutions: .exact))
    let ours = try plan.run(
      inputs: numbers.inputs, parameters: numbers.parameters,
      workspace: Workspace(threads: threads))
    var worst = 0.0
    for (a, b) in zip(ours, naive) {
      guard a.shape == b.shape else { return .infinity }
      let scale = max(1, b.values.map { abs(Double($0)) }.max() ?? 1)
      for (x, y) in zip(a.values, b.values) {
        let difference = abs(Double(x) - Double(y)) / scale
        worst = max(worst, difference.isNaN ? .infinity : difference)
      }
    }
    return worst
  }

  @Test(arguments: [1, 2]) func plansComputeTheSame(threads: Int) throws {
    for seed in UInt64(1)...150 {
      for form in Form.allCases {
        var random = try RandomGraph(
          seed: seed, training: form == .training, steps: 1 + Int(seed % 14))
        let wanted = try outputs(&random, form)
        let worst = try worst(random.graph, wanted, seed: seed, threads: threads)
        // Statistics of channels that hardly vary amplify the rounding of what comes before.
        #expect(worst <= (form == .training ? 5e-4 : 1e-5), "\(form) of seed \(seed)")
      }
    }
  }

  /// The convolution reads neighbours of what it would overwrite if it wrote over the residual.
  @Test(arguments: [1, 2]) func residualMayBeTheInputItself(threads: Int) throws {
    var form = PassGraph()
    let x = try form.relu(form.input([2, 4, 40, 40]))
    let y = try form.sum(form.conv(x, 4), x)
    #expect(try worst(form.graph, [y], seed: 1, threads: threads) <= 1e-5)
  }

  /// A wanted value in the memory of one that has died is still wanted.
  @Test func wantedValuesAreNotOverwritten() throws {
    var form = PassGraph()
    let a = try form.conv(form.input([2, 4, 8, 8]), 4)
    let b = try form.sum(form.relu(a), a)
    let c = try form.relu(b)
    #expect(try worst(form.graph, [b, c], seed: 1, threads: 1) <= 1e-5)
  }
}
