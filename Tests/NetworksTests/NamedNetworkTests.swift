import Graphs
import Networks
import Tensors
import Testing

/// What holds for every named network, in its small form.
@Suite struct NamedNetworkTests {
  static func small(_ network: NamedNetwork) -> NetworkSpec {
    network.spec(channels: 2, outputs: 3, dividingWidthsBy: 16)
  }

  @Test(arguments: NamedNetwork.allCases) func tapsAndShapes(_ network: NamedNetwork) throws {
    let graph = try Self.small(network)
      .build(batch: 2, inputSize: (64, 96), training: false)
    #expect(graph.taps["features"].map { graph.shape(of: $0)[0] } == 2)
    let logits = graph.taps["logits"].map(graph.shape(of:))
    switch network {
    case .vgg16Trunk: #expect(logits == nil)
    case .decompositionCritic: #expect(logits == [2, 1])
    case .irNet: #expect(logits == [2, 1, 16, 24])
    case .decomposition, .decompositionShared: #expect(logits == [2, 2, 64, 96])
    case .uNetClassic, .uNetResNet18, .uNetResNet34, .uNetResNet50, .uNetSEResNeXt50,
      .deepLabV3ResNet50, .deepLabV3PlusResNet50, .deepLabV3PlusResNet18, .cigaResNet18:
      #expect(logits == [2, 3, 64, 96])
    default: #expect(logits == [2, 3])
    }
  }

  @Test(arguments: NamedNetwork.allCases)
  func planningKeepsTheResult(_ network: NamedNetwork) throws {
    let spec = Self.small(network)
    try PlannedNetworkTests.checkPlanning(
      spec, NetworkVectors.parameters(spec), [1, 2, 64, 64])
  }

  /// Every network but the bare trunk gets a finite loss and gradients that are not all zero.
  @Test(arguments: NamedNetwork.allCases) func stepsAreFinite(_ network: NamedNetwork) throws {
    let spec = Self.small(network)
    if network == .vgg16Trunk {
      #expect(throws: ModelError(.specification)) {
        _ = try spec.supervised(batch: 2, inputSize: (64, 64))
      }
      return
    }
    let training = try spec.supervised(batch: 2, inputSize: (64, 64))
    let results = try Plan(training.graph, outputs: training.outputs).run(
      inputs: [
        "image": NetworkTests.image([2, 2, 64, 64], seed: 3),
        "target": NetworkVectors.target(training.targetShape, classes: 3),
      ],
      parameters: spec.initialParameters(seed: 1), workspace: Workspace(threads: 2))
    #expect(results.allSatisfy { $0.values.allSatisfy(\.isFinite) })
    #expect(results[0].scalar > 0)
    #expect(training.gradients.count == training.trained.count)
    let moved = results.dropFirst().prefix(training.trained.count).filter {
      $0.values.contains { $0 != 0 }
    }
    // Heads that the loss does not reach: the displacement of IRNet.
    let reached = network == .irNet ? 0.3 : 0.9
    #expect(Double(moved.count) > reached * Double(training.trained.count))
    for (name, value) in training.statistics {
      let channels = try #require(training.trained.first { $0.name == name + ".bias" })
      let shape = training.graph.shape(of: channels.value)
      #expect(training.graph.shape(of: value) == [2, shape[0]])
    }
  }

  @Test func trunkOfIRNetIsHeldStill() throws {
    let spec = Self.small(.irNet)
    let training = try spec.supervised(batch: 1, inputSize: (64, 64))
    #expect(training.trained.allSatisfy { !$0.name.hasPrefix("resnet50.") })
    #expect(training.statistics.isEmpty)
    #expect(training.graph.parameters.contains { $0.name == "resnet50.bn1.running_mean" })
  }

  /// Dropping needs its inputs, changes the loss with the state, and is not there in evaluation.
  @Test(arguments: [NamedNetwork.vgg16, .vgg16D1, .resNet18, .deepLabV3PlusResNet18])
  func dropsFollowTheState(_ network: NamedNetwork) throws {
    let spec = Self.small(network)
    let drops = Drops(dropout: true, block: DropBlock(size: 2))
    let training = try spec.supervised(batch: 2, inputSize: (64, 64), drops: drops)
    let plan = try Plan(training.graph, outputs: training.outputs)
    #expect(Set(plan.inputNames) == ["image", "target", "random", Drops.rateName])
    let parameters = try spec.initialParameters(seed: 1)
    func loss(_ state: RandomState, rate: Float) throws -> Float {
      let inputs = [
        "image": NetworkTests.image([2, 2, 64, 64], seed: 3),
        "target": NetworkVectors.target(training.targetShape, classes: 3),
        "random": state.tensor, Drops.rateName: Tensor(scalar: rate),
      ]
      return try plan.run(
        inputs: inputs, parameters: parameters, workspace: Workspace(threads: 1))[0].scalar
    }
    let first = try loss(RandomState(seed: 1), rate: 0.3)
    #expect(first == (try loss(RandomState(seed: 1), rate: 0.3)))
    #expect(first != (try loss(RandomState(seed: 2), rate: 0.3)))
    #expect(first != (try loss(RandomState(seed: 1), rate: 0)))
    let plain = try spec.build(
      batch: 2, inputSize: (64, 64), training: false, drops: drops)
    #expect(plain.inputs.map(\.name) == ["image"])
  }

  @Test func initialParametersFollowTheirRules() throws {
    func spread(_ name: String, _ parameters: Parameters) throws -> Double {
      let values = try #require(parameters[name]).values.map(Double.init)
      return (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
    }
    let unet = NamedNetwork.uNetResNet18.spec(channels: 3, outputs: 1)
    let parameters = try unet.initialParameters(seed: 2)
    try unet.check(parameters)
    // He by fan out: 7 x 7 to 64; by fan in: 3 x 3 from 768; Glorot: 3 x 3 from 16 to 1.
    let rows: [(String, Double)] = [
      ("encoder.conv1.weight", 2.0 / 3136),
      ("decoder.blocks.0.conv1.0.weight", 2.0 / 6912),
      ("segmentation_head.0.weight", 2.0 / 153),
    ]
    for (name, variance) in rows {
      #expect(abs(try spread(name, parameters) / variance.squareRoot() - 1) < 0.15, "\(name)")
    }
    let resnet = NamedNetwork.resNet18.spec(channels: 3, outputs: 10)
    let head = try #require(try resnet.initialParameters(seed: 2)["fc.bias"]).values
    #expect(head.allSatisfy { abs($0) <= 1 / Float(512).squareRoot() } && head.contains { $0 != 0 })
  }
}
