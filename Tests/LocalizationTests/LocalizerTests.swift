import Graphs
import Imaging
import Localization
import Networks
import Tensors
import Testing

/// The fixture of methods 0.2: two 2 x 2 maps, weights (1, -.5), bias .1, logit .6.
@Suite struct LocalizerTests {
  private let maps = Tensor([1, 2, 2, 2], [1, 0, 2, 1, 0, 3, 1, 0])
  private let parameters = Parameters([
    "head.weight": Tensor([1, 2], [1, -0.5]), "head.bias": Tensor([1], [0.1]),
  ])

  private func graph() throws -> Graph {
    var graph = Graph()
    let features = graph.input("features", [1, 2, 2, 2])
    graph.tap("features", features)
    let pooled = try graph.globalMean(features)
    let weight = graph.parameter("head.weight", [1, 2])
    let bias = graph.parameter("head.bias", [1])
    graph.tap("logits", try graph.linear(pooled, weight: weight, bias: bias))
    return graph
  }

  private func run(_ method: any Localizer.Type) throws -> (logit: Float, map: [Float]) {
    var graph = try graph()
    let map = try method.map(of: 0, in: &graph)
    let logits = try #require(graph.taps["logits"])
    let results = try Plan(graph, outputs: [logits, map]).run(
      inputs: ["features": maps], parameters: parameters, workspace: Workspace(threads: 1))
    return (results[0].values[0], results[1].values)
  }

  private func near(_ a: [Float], _ b: [Float]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-6 }
  }

  @Test func classActivationMapOfTheFixture() throws {
    let result = try run(ClassActivationMap.self)
    #expect(abs(result.logit - 0.6) < 1e-6)
    #expect(near(result.map, [1, -1.5, 1.5, 1]))
  }

  @Test func gradCAMOfTheFixture() throws {
    let result = try run(GradientClassActivationMap.self)
    #expect(near(result.map, [0.25, 0, 0.375, 0.25]))
  }

  @Test func gradCAMNeedsNoLinearHead() throws {
    // Logit = mean of A1 squared: the gradient 2 A1 / 4 has the mean .5.
    var graph = Graph()
    let features = graph.input("features", [1, 2, 2, 2])
    graph.tap("features", features)
    let first = try graph.add(Slice(axis: 1, start: 0, count: 1), features)
    let pooled = try graph.globalMean(try graph.add(Square(), first))
    graph.tap("logits", pooled)
    let map = try GradientClassActivationMap.map(of: 0, in: &graph)
    let result = try Plan(graph, outputs: [map]).run(
      inputs: ["features": maps], workspace: Workspace(threads: 1))
    #expect(near(result[0].values, [0.5, 0, 1, 0.5]))
    #expect(throws: LocalizationError(.noHead)) {
      try ClassActivationMap.map(of: 0, in: &graph)
    }
  }

  @Test func layerCAMReadsTheLayerBeforeTheLastPooling() throws {
    // One channel, maximum of each 2 x 2 block, logit = 2 x mean over the two blocks: the
    // gradient is 1 at each maximum, so that the maxima 3 and 5 stay where they were; then the
    // binomial mean.
    var graph = Graph()
    let layer = graph.input("features", [1, 1, 2, 4])
    let pooled = try graph.add(MaxPool2d(), layer)
    graph.tap("features", pooled)
    let weight = graph.parameter("head.weight", [1, 1])
    graph.tap("logits", try graph.linear(graph.globalMean(pooled), weight: weight, bias: nil))
    let fine = try LayerActivationMap.map(of: 0, in: &graph)
    let both = try FineActivationMap.map(of: 0, in: &graph)
    let results = try Plan(graph, outputs: [fine, both]).run(
      inputs: ["features": Tensor([1, 1, 2, 4], [3, 1, 0, 0, 2, 0, 0, 5])],
      parameters: Parameters(["head.weight": Tensor([1, 1], [2])]),
      workspace: Workspace(threads: 1))
    #expect(results[0].shape == [2, 4])
    let map: [Float] = [12, 6, 5, 10, 6, 3, 10, 20].map { $0 / 16 }
    #expect(near(results[0].values, map))
    // The class map is 2 x (3, 5), enlarged to 6, 7, 9, 10 along each row.
    let spread: [Float] = [6, 7, 9, 10, 6, 7, 9, 10]
    #expect(near(results[1].values, zip(map, spread).map { $0 * $1 }))
  }

  @Test func mapsOfARealNetworkExplainItsLogit() throws {
    let network = NetworkSpec.vggGAP(.init(inChannels: 1, widths: [[4], [6]], outputs: 2))
    let weights = try network.initialParameters(seed: 5)
    let preparation = ImagePreparation(width: 16, height: 16)
    let picture = Image(
      width: 40, height: 20, pixels: (0..<800).map { Float(($0 * 37) % 101) / 100 })
    let prepared = preparation.prepare(picture)
    let workspace = Workspace(threads: 1)
    let cam = try Classifier(
      network: network, parameters: weights, preparation: preparation,
      localizer: ClassActivationMap.self, label: 1)
    let reading = try cam.read(prepared, using: workspace)
    let map = try #require(reading.heatmap?.image)
    #expect(map.width == 8 && map.height == 8)
    let mean = map.pixels.reduce(0, +) / Float(map.pixels.count)
    #expect(abs(Double(mean) - reading.logits[1]) < 1e-5)  // the bias starts at 0
    let grad = try Classifier(
      network: network, parameters: weights, preparation: preparation,
      localizer: GradientClassActivationMap.self, label: 1)
    let other = try #require(try grad.read(prepared, using: workspace).heatmap?.image)
    for (a, b) in zip(map.pixels, other.pixels) { #expect(abs(max(0, a) / 64 - b) < 1e-6) }
  }

  /// The plan folds normalisation into weights, on the way back too; the plain operators do not.
  @Test(arguments: Localizers.all.map { $0.name })
  func mapsWithNormalizationAreThoseOfThePlainOperators(_ name: String) throws {
    let network = TestNetworks.network(
      for: name,
      else: .vggGAP(.init(inChannels: 1, widths: [[4, 4], [6], [8]], outputs: 2)))
    let weights = try Self.moved(network)
    let preparation = ImagePreparation(width: 24, height: 16)
    let picture = Image(
      width: 40, height: 20, pixels: (0..<800).map { Float(($0 * 37) % 101) / 100 })
    let prepared = preparation.prepare(picture)
    let localizer = try #require(Localizers.named(name))
    let reading = try Classifier(
      network: network, parameters: weights, preparation: preparation, localizer: localizer,
      label: 1
    ).read(prepared, using: Workspace(threads: 1))
    var graph = try network.build(batch: 1, inputSize: (16, 24), training: false)
    let outputs = [
      try #require(graph.taps["logits"]), try localizer.map(of: 1, in: &graph),
    ]
    let plain = try Plan(graph, outputs: outputs, options: PlanOptions(portable: true)).run(
      inputs: ["image": Tensor([1, 1, 16, 24], prepared.channelValues)], parameters: weights,
      workspace: Workspace(threads: 1))
    let map = try #require(reading.heatmap?.image)
    #expect([map.height, map.width] == plain[1].shape.dims)
    let size = plain[1].values.map(abs).max() ?? 0
    #expect(size > 0)
    #expect(zip(map.pixels, plain[1].values).allSatisfy { abs($0 - $1) < 1e-5 * size })
    #expect(
      zip(reading.logits, plain[0].values).allSatisfy { abs($0 - Double($1)) < 1e-5 })
  }

  /// Parameters with running averages, scales and shifts away from 0 and 1.
  private static func moved(_ network: NetworkSpec) throws -> Parameters {
    var parameters = try network.initialParameters(seed: 5)
    var source = RandomSource(seed: 6)
    for name in parameters.names where parameters[name]?.shape.rank == 1 {
      guard let old = parameters[name] else { continue }
      parameters[name] = Tensor(old.shape, old.values.map { $0 + Float(source.uniform()) })
    }
    return parameters
  }

  @Test func namesAreStable() {
    #expect(
      Localizers.all.map { $0.name } == [
        "cam", "grad-cam", "grad-cam++", "grad-cam++-eps", "grad-cam++-exp", "layer-cam",
        "cam-layer-cam", "nam",
      ])
    #expect(Localizers.named("none") == nil)
  }
}
