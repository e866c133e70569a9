import Foundation
import Graphs
import Networks
import Tensors
import Testing

@Suite struct NamedNetworkTests {
  /// A row of the published table.
  struct Count: Sendable, CustomTestStringConvertible {
    let network: NamedNetwork
    let channels: Int
    let outputs: Int
    let parameters: Int

    init(_ network: NamedNetwork, _ outputs: Int, _ parameters: Int, channels: Int = 3) {
      self.network = network
      self.channels = channels
      self.outputs = outputs
      self.parameters = parameters
    }

    var testDescription: String { "\(network.rawValue) to \(outputs)" }
  }

  /// From torchvision, segmentation_models_pytorch and the authors' layer lists.
  static let counts = [
    Count(.vgg16, 1000, 138_357_544), Count(.vgg16BN, 1000, 138_365_992),
    Count(.vgg16Trunk, 1, 14_714_688), Count(.vgg16D1, 1, 21_803_073),
    Count(.vgg16D1, 20, 21_812_820), Count(.resNet18, 1000, 11_689_512),
    Count(.resNet34, 1000, 21_797_672), Count(.resNet50, 1000, 25_557_032),
    Count(.resNet50OS8, 1, 23_510_081), Count(.resNet50OS8Conv3, 1, 37_665_857),
    Count(.denseNet121, 1000, 7_978_856), Count(.denseNet121, 14, 6_968_206),
    Count(.seResNeXt50, 1000, 27_559_896), Count(.uNetClassic, 1, 31_030_593, channels: 1),
    Count(.uNetResNet18, 1, 14_328_209), Count(.uNetResNet34, 1, 24_436_369),
    Count(.uNetResNet50, 1, 32_521_105), Count(.uNetSEResNeXt50, 1, 34_523_969),
    Count(.deepLabV3ResNet50, 21, 39_638_869), Count(.deepLabV3PlusResNet50, 21, 39_761_845),
    Count(.deepLabV3PlusResNet50, 1, 39_756_705), Count(.deepLabV3PlusResNet18, 10, 12_331_610),
    Count(.deepLabV3PlusResNet18, 1, 12_329_297), Count(.cigaResNet18, 4, 2_930_628),
    Count(.cigaResNet18, 2, 2_930_498), Count(.decomposition, 1, 46_353_538, channels: 1),
    Count(.decompositionShared, 1, 34_165_058, channels: 1),
    Count(.decompositionCritic, 1, 8_635_329, channels: 1), Count(.nam1GAP, 2, 17_075_522),
    Count(.nam2GAP, 2, 19_436_354), Count(.nam3GAP, 2, 20_617_538),
    // The trunk of 23,508,032 and the heads of 125,409 and 1,269,120.
    Count(.irNet, 1, 23_508_032 + 125_409 + 1_269_120),
  ]

  @Test func everyNetworkIsCounted() {
    #expect(Set(Self.counts.map(\.network)) == Set(NamedNetwork.allCases))
  }

  @Test(arguments: counts) func parameterCounts(_ row: Count) throws {
    let spec = row.network.spec(channels: row.channels, outputs: row.outputs)
    #expect(try spec.parameterCount() == row.parameters)
  }

  @Test func partsAreCounted() throws {
    let spec = NamedNetwork.irNet.spec(channels: 3, outputs: 1)
    let heads = try spec.parameterShapes().filter { spec.trains($0.name) }
    #expect(heads.reduce(0) { $0 + $1.shape.count } == 1_394_529)
    let wide = [1: 19_436_354, 2: 24_158_018, 3: 26_520_386]
    for (scales, count) in wide {
      #expect(try NetworkSpec.nam(NAM(width: 1024, scales: scales)).parameterCount() == count)
    }
    let plain = VGG(
      VGGTrunk(blocks: VGGTrunk.vgg16D1), extra: [512, 512, 512], head: .mean, outputs: 1)
    #expect(try NetworkSpec.vgg(plain).parameterCount() == 21_794_625)
    var small = ResNet(.resNet18, outputs: 2)
    small.trunk.stemKernel = 3
    #expect(try NetworkSpec.resNet(small).parameterCount() == 11_169_858)
  }

  /// Small forms whose counts were taken from PyTorch.
  @Test func miniCounts() throws {
    let dilated = NamedNetwork.vgg16D1.spec(channels: 1, outputs: 2, dividingWidthsBy: 8)
    guard case .vgg(var layout) = dilated else { throw ModelError(.specification) }
    layout.trunk.blocks.remove(at: 4)
    layout.trunk.blocks[3].pool = .none
    layout.trunk.blocks[3].dilation = 2
    #expect(try NetworkSpec.vgg(layout).parameterCount() == 231_226)
    var trunk = VGGTrunk(inChannels: 1, blocks: VGGTrunk.vgg16Map, batchNorm: true).scaled(by: 8)
    trunk.blocks[3].pool = .none
    #expect(try NetworkSpec.nam(NAM(trunk, width: 64)).parameterCount() == 268_538)
    let parts = NetworkSpec.decomposition(Decomposition(widths: [12, 24, 48, 96]))
    #expect(try parts.parameterCount() == 404_570)
  }

  static func small(_ network: NamedNetwork) -> NetworkSpec {
    network.spec(channels: 2, outputs: 3, dividingWidthsBy: 16)
  }

  @Test(arguments: NamedNetwork.allCases) func jsonRoundTrip(_ network: NamedNetwork) throws {
    let spec = Self.small(network)
    let data = try JSONEncoder().encode(spec)
    #expect(try JSONDecoder().decode(NetworkSpec.self, from: data) == spec)
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
  func foldingKeepsTheResult(_ network: NamedNetwork) throws {
    let spec = Self.small(network)
    let parameters = try NetworkVectors.parameters(spec)
    let folded = try spec.fold(parameters)
    let image = NetworkTests.image([1, 2, 64, 64], seed: 9)
    var results: [[Tensor]] = []
    for (graph, weights) in [
      (try spec.build(batch: 1, inputSize: (64, 64), training: false), parameters),
      (try spec.buildFolded(batch: 1, inputSize: (64, 64)), folded),
    ] {
      let outputs = [graph.taps["features"], graph.taps["logits"]].compactMap { $0 }
      results.append(
        try Plan(graph, outputs: outputs)
          .run(inputs: ["image": image], parameters: weights, workspace: Workspace(threads: 1)))
      #expect(Set(graph.parameters.map(\.name)) == Set(weights.names))
    }
    for (a, b) in zip(results[0], results[1]) {
      let size = a.values.map(abs).max() ?? 0
      let worst = zip(a.values, b.values).map { abs($0 - $1) / size }.max() ?? .infinity
      #expect(size > 0 && worst < 1e-4)
    }
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

  @Test func layoutsOutOfBoundsAreRefused() {
    func trunk(_ change: (inout ResNetTrunk) -> Void) -> NetworkSpec {
      var trunk = ResNetTrunk.resNet18
      change(&trunk)
      return .resNet(ResNet(trunk))
    }
    let bad: [NetworkSpec] = [
      trunk { $0.stages = [] }, trunk { $0.stages[1].depth = 1 << 40 },
      trunk { $0.stages[1].width = 0 }, trunk { $0.stages[1].width = 1 << 61 },
      trunk { $0.stages[2].stride = 0 }, trunk { $0.stages[2].dilation = -1 },
      trunk { $0.groups = 0 }, trunk { $0.groups = 3 }, trunk { $0.stemKernel = 4 },
      trunk { $0.inChannels = 0 }, .resNet(ResNet(.resNet18, extra: [0])),
      .vgg(VGG(VGGTrunk(blocks: []))), .vgg(VGG(hidden: 1 << 50)), .vgg(VGG(outputs: 0)),
      .vgg(VGG(VGGTrunk(blocks: [.init([4], dilation: 1 << 62)]))),
      .vgg(VGG(VGGTrunk(blocks: [.init([])]))), .vgg(VGG(head: .none, outputs: 4)),
      .nam(NAM(scales: 6)), .nam(NAM(scales: 0)), .nam(NAM(width: -4)),
      .denseNet(DenseNet(growth: 1 << 60)), .denseNet(DenseNet(blocks: [1 << 60])),
      .denseNet(DenseNet(stemWidth: 1)), .classicUNet(ClassicUNet(widths: [])),
      .classicUNet(ClassicUNet(widths: [Int](repeating: 1, count: 70))),
      .encoderUNet(EncoderUNet(.resNet18, decoder: [8])),
      .deepLabV3(DeepLabV3(rates: [])), .deepLabV3(DeepLabV3(rates: [1 << 62])),
      .deepLabV3Plus(DeepLabV3Plus(.resNet18, form: .dense, lowWidth: 0)),
      .ciga(Ciga(width: 0)), .decomposition(Decomposition(widths: [4])),
      .critic(Critic(downs: 63)), .critic(Critic(scales: [7])), .critic(Critic(widths: [])),
      .irNet(IRNet(ResNetTrunk.resNet18.prefix(3))), .irNet(IRNet(width: 2)),
    ]
    for spec in bad {
      #expect(throws: ModelError(.specification), "\(spec)") {
        _ = try spec.build(batch: 1, inputSize: (64, 64), training: false)
      }
      #expect(throws: ModelError(.specification)) { _ = try spec.parameterCount() }
    }
    #expect(throws: ModelError(.inputSize)) {
      _ = try NamedNetwork.uNetResNet18.build(
        batch: 1, channels: 3, height: 40, width: 64, outputs: 1, training: false)
    }
  }

  /// A package stores a named layout and takes its weights back.
  @Test func packagesHoldNamedLayouts() throws {
    let spec = Self.small(.denseNet121)
    var description = ModelDescription(
      name: "sample", version: "1.0.0", task: .classification, modalities: ["DX"],
      labels: ["a", "b", "c"].map { .init(name: $0, display: $0) }, network: spec,
      preparation: ImagePreparation(width: 64, height: 64))
    description.preparation.channels = [.intensity, .intensity]
    let folder = FileManager.default.temporaryDirectory.path + "/pleura-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let package = try ModelPackage(description, parameters: NetworkVectors.parameters(spec))
      .recordingGolden(
        NetworkTests.image([1, 2, 64, 64], seed: 2), workspace: Workspace(threads: 1))
    try package.save(to: folder)
    let loaded = try ModelPackage.load(folder)
    #expect(loaded.description.network == spec)
    try loaded.verify(workspace: Workspace(threads: 1))
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
