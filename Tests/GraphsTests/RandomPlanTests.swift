import Graphs
import Tensors
import Testing

/// The laws of plans over random networks: a planned run has the numbers of the portable one, for
/// every instruction set, and the same bits for any number of threads, in any run, whatever else
/// ran in its workspace.
@Suite struct RandomPlanTests {
  private static let seeds: ClosedRange<UInt64> = 1...150

  @Test func evaluation() throws {
    try Self.check(training: false) { $0.outputs() }
  }

  @Test func training() throws {
    try Self.check(training: true) { try $0.gradientOutputs() }
  }

  @Test func attribution() throws {
    try Self.check(training: false) { try $0.gradientOutputs() }
  }

  @Test func secondGradients() throws {
    try Self.check(training: true) { try $0.secondGradientOutputs() }
  }

  private static func check(
    training: Bool, _ outputs: (inout RandomNetwork) throws -> [Value],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    // Shared by all plans of the suite: none may rely on what it left there.
    let spaces = [1, 2, 3].map { Workspace(threads: $0) }
    var before: Plans?
    for seed in seeds {
      var network = try RandomNetwork(seed: seed, training: training, steps: 3 + Int(seed % 8))
      let wanted = try outputs(&network)
      let plans = try Plans(network.graph, wanted)
      // A sign that rounding turns at the kink of a rectifier changes a gradient: rare, and gone
      // with other numbers, which a defect is not.
      let failures = try (1...3).map { try plans.failures(seed: 1000 * $0 + seed, spaces, before) }
      let worst = failures.sorted { $0.count < $1.count }[1]
      #expect(worst == [], "network \(seed)", sourceLocation: sourceLocation)
      before = plans
    }
  }
}

/// The plans of one graph: by the plain operators, and by the kernels of every instruction set.
private struct Plans {
  let graph: Graph
  let portable: Plan
  let planned: [(text: String, plan: Plan)]

  init(_ graph: Graph, _ outputs: [Value]) throws {
    self.graph = graph
    portable = try Plan(graph, outputs: outputs, options: PlanOptions(portable: true))
    planned = try KernelSet.all.flatMap { kernels in
      try [ConvolutionChoice.standard, .exact, .fast].map { choice in
        var options = PlanOptions(convolutions: choice)
        options.kernels = kernels
        return (
          "\(kernels.name) \(choice)", try Plan(graph, outputs: outputs, options: options)
        )
      }
    }
  }

  /// What goes against the laws with the numbers of `seed`; `other` runs between the runs.
  func failures(seed: UInt64, _ spaces: [Workspace], _ other: Plans?) throws -> [String] {
    let numbers = GraphNumbers(graph, seed: seed)
    let truth = try portable.run(
      inputs: numbers.inputs, parameters: numbers.parameters, workspace: spaces[0])
    let shaken = numbers.shaken
    let near = try portable.run(
      inputs: shaken.inputs, parameters: shaken.parameters, workspace: spaces[0])
    let largest = truth.flatMap(\.values).map(abs).max() ?? 0
    var failures: [String] = []
    for (text, plan) in planned {
      let prepared = try plan.prepare(numbers.parameters)
      var first: [Tensor]?
      for space in spaces {
        let runs = [
          try plan.run(inputs: numbers.inputs, prepared: prepared, workspace: space),
          try plan.run(
            inputs: numbers.inputs, parameters: numbers.parameters, workspace: space),
        ]
        try other?.disturb(space)
        let known = first ?? runs[0]
        first = known
        for run in runs where Self.bits(run) != Self.bits(known) {
          failures.append("\(text): bits of \(space.threads) threads")
        }
      }
      for (index, (ours, truth)) in zip(first ?? [], truth).enumerated() {
        // What the last digits of the numbers change is no defect, nor is what is nothing beside
        // other outputs: the gradient of what normalisation takes out again.
        let own = truth.values.map(abs).max() ?? 0
        let noise = Self.error(near[index], truth)
        let error = Self.error(ours, truth)
        guard error > 1e-3 * own + 1e-4 * largest + 20 * noise else { continue }
        failures.append("\(text): output \(index) of \(truth.shape): \(error) off \(own)")
      }
    }
    return failures
  }

  private func disturb(_ space: Workspace) throws {
    let numbers = GraphNumbers(graph, seed: 5)
    _ = try planned[0].plan.run(
      inputs: numbers.inputs, parameters: numbers.parameters, workspace: space)
  }

  private static func bits(_ tensors: [Tensor]) -> [[UInt32]] {
    tensors.map { $0.values.map(\.bitPattern) }
  }

  private static func error(_ ours: Tensor, _ truth: Tensor) -> Float {
    guard ours.shape == truth.shape else { return .infinity }
    return zip(ours.values, truth.values).map { abs($0 - $1) }.reduce(0) {
      $1.isNaN ? .infinity : max($0, $1)
    }
  }
}

extension GraphNumbers {
  /// The same numbers but for their last digits.
  fileprivate var shaken: GraphNumbers {
    func shake(_ tensor: Tensor) -> Tensor {
      Tensor(
        tensor.shape, tensor.values.enumerated().map { $1 * ($0 % 2 == 0 ? 1 + 1e-5 : 1 - 1e-5) })
    }
    var copy = self
    copy.inputs = inputs.mapValues(shake)
    for name in parameters.names { copy.parameters[name] = parameters[name].map(shake) }
    return copy
  }
}
