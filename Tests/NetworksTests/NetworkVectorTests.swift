import Graphs
import Networks
import Tensors
import Testing

/// The named networks against PyTorch's.
@Suite struct NetworkVectorTests {
  private static let tolerance: Float = 1e-4

  @Test func everyNetworkIsRecorded() {
    let plain = NetworkVectors.recorded.cases.filter { $0.variant == nil }
    #expect(plain.map(\.network) == NamedNetwork.allCases)
    #expect(NetworkVectors.recorded.cases.compactMap(\.variant) == ["perceptron", "unpooling"])
    #expect(NetworkVectors.recorded.training.count == 2)
  }

  /// Within one part in ten thousand of the element, or of the mean size of all where it is
  /// smaller than that.
  private func expectEqual(_ ours: Tensor, _ theirs: NetworkVectors.Summary, _ name: String) {
    #expect(ours.shape.dims == theirs.shape, "\(name)")
    let count = theirs.samples.count
    guard ours.shape.dims == theirs.shape else { return }
    let size = theirs.samples.reduce(0) { $0 + abs($1) } / Float(count)
    var worst: Float = 0
    for (index, sample) in theirs.samples.enumerated() {
      let value = ours.values[index * ours.values.count / count]
      worst = max(worst, abs(value - sample) / max(size, abs(sample)))
    }
    #expect(worst < Self.tolerance, "\(name) differs by \(worst)")
    let peak = ours.values.map(abs).max() ?? 0
    #expect(abs(peak - theirs.max) < Self.tolerance * theirs.max, "\(name)")
    let sum = ours.values.reduce(0) { $0 + Double($1) }
    let scale = ours.values.reduce(0) { $0 + Double(abs($1)) }
    #expect(abs(sum - theirs.sum) < Double(Self.tolerance) * scale, "\(name)")
  }

  @Test(arguments: NetworkVectors.recorded.cases)
  func outputsEqualPyTorch(_ test: NetworkVectors.Case) throws {
    let spec = test.spec
    #expect(try spec.parameterCount() == test.parameters)
    let graph = try spec.build(
      batch: test.image[0], inputSize: (test.image[2], test.image[3]), training: false)
    let names = test.taps.keys.sorted()
    let outputs = try names.map { try #require(graph.taps[$0]) }
    let results = try Plan(graph, outputs: outputs).run(
      inputs: ["image": NetworkVectors.image(test.image, scale: test.scale ?? 1)],
      parameters: NetworkVectors.parameters(spec), workspace: Workspace(threads: 2))
    for (name, result) in zip(names, results) {
      expectEqual(result, try #require(test.taps[name]), "\(test.network.rawValue) \(name)")
    }
  }

  /// Batch statistics, loss and gradients in training.
  @Test(arguments: NetworkVectors.recorded.training)
  func gradientsEqualPyTorch(_ test: NetworkVectors.Training) throws {
    let spec = test.spec
    let training = try spec.supervised(
      batch: test.image[0], inputSize: (test.image[2], test.image[3]))
    let names = test.gradients.keys.sorted()
    let places = try names.map { name in
      try #require(training.trained.firstIndex { $0.name == name })
    }
    let plan = try Plan(
      training.graph, outputs: [training.loss] + places.map { training.gradients[$0] })
    let target = NetworkVectors.target(training.targetShape, classes: test.outputs)
    let results = try plan.run(
      inputs: ["image": NetworkVectors.image(test.image, stream: test.stream), "target": target],
      parameters: NetworkVectors.parameters(spec), workspace: Workspace(threads: 2))
    #expect(abs(results[0].scalar - test.loss) < Self.tolerance * test.loss)
    for (name, gradient) in zip(names, results.dropFirst()) {
      let theirs = try #require(test.gradients[name])
      expectEqual(gradient, theirs, "\(test.network.rawValue) \(name)")
      let norm = gradient.values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      let expected = try #require(theirs.norm)
      #expect(abs(norm - expected) < Double(Self.tolerance) * expected, "\(name)")
    }
  }
}
