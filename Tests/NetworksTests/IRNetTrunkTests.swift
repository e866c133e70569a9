import Foundation
import Graphs
import Networks
import Tensors
import Testing

/// IRNet on the trunks of classifiers.
@Suite struct IRNetTrunkTests {
  /// A classifier, and the taps of its maps with those of IRNet.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let classifier: NetworkSpec
    let edgeWidth: Int
    let taps: [(ours: String, theirs: String)]
  }

  /// The mini form of card 1, narrower.
  static let mini = VGG(
    VGGTrunk(
      inChannels: 1,
      blocks: [
        .init([4, 4]), .init([6, 6]), .init([8, 8], pool: .keep),
        .init([8, 8], dilation: 2, pool: .none),
      ], batchNorm: true), extra: [8, 8], head: .mean, hidden: 1, outputs: 1)
  /// Six maps, the last at an eighth, without batch normalisation.
  static let deep = VGG(
    VGGTrunk(
      inChannels: 1,
      blocks: [
        .init([4]), .init([6]), .init([8]), .init([8], pool: .keep),
        .init([8], dilation: 2, pool: .none),
      ]), extra: [8], head: .mean, hidden: 1, outputs: 1)
  static let residual = ResNet(
    ResNetTrunk(
      inChannels: 1, block: .basic, stemWidth: 4,
      stages: [.init(1, 4, stride: 1), .init(1, 6), .init(1, 8), .init(1, 8, stride: 1)]),
    outputs: 1)

  static let cases = [
    Case(
      testDescription: "mini", classifier: .vgg(mini), edgeWidth: 8,
      taps: [
        ("block1", "block1"), ("block2", "block2"), ("block3", "block3"), ("block4", "block4"),
        ("extra", "features"),
      ]),
    Case(
      testDescription: "deep", classifier: .vgg(deep), edgeWidth: 8,
      taps: [("block5", "block5"), ("extra", "features")]),
    Case(
      testDescription: "residual", classifier: .resNet(residual), edgeWidth: 4,
      taps: [("stem", "stem"), ("layer1", "layer1"), ("layer4", "layer4")]),
  ]

  private static func run(
    _ spec: NetworkSpec, _ parameters: Parameters, _ taps: [String], training: Bool = false,
    image: Tensor
  ) throws -> [Tensor] {
    let graph = try spec.build(
      batch: image.shape[0], inputSize: (image.shape[2], image.shape[3]), training: training)
    let plan = try Plan(graph, outputs: try taps.map { try #require(graph.taps[$0]) })
    return try plan.run(
      inputs: ["image": image], parameters: parameters, workspace: Workspace(threads: 1))
  }

  /// The trunk computes what the classifier did, in training as in evaluation.
  @Test(arguments: cases) func mapsAreThoseOfTheClassifier(_ test: Case) throws {
    let trained = try NetworkTests.parameters(test.classifier)
    let spec = try test.classifier.boundaryNetwork(edgeWidth: test.edgeWidth, width: 16)
    let parameters = try spec.irNetParameters(from: trained, seed: 5)
    try spec.check(parameters)
    let image = NetworkTests.image([2, 1, 32, 48], seed: 6)
    let theirs = try Self.run(test.classifier, trained, test.taps.map(\.theirs), image: image)
    for training in [false, true] {
      let ours = try Self.run(
        spec, parameters, test.taps.map(\.ours), training: training, image: image)
      for (a, b) in zip(ours, theirs) {
        #expect(a.shape == b.shape)
        let worst = zip(a.values, b.values).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
        let largest = b.values.reduce(Float(0)) { max($0, abs($1)) }
        #expect(worst <= 1e-5 * largest && largest > 0)
      }
    }
    let heads = try Self.run(spec, parameters, ["edge", "displacement"], image: image)
    #expect(heads[0].shape == [2, 1, 8, 12] && heads[1].shape == [2, 2, 8, 12])
    #expect(heads.allSatisfy { Set($0.values).count > 20 })
  }

  @Test(arguments: cases) func onlyTheHeadsLearn(_ test: Case) throws {
    let spec = try test.classifier.boundaryNetwork(edgeWidth: test.edgeWidth, width: 16)
    let parameters = try spec.initialParameters(seed: 1)
    guard case .irNet(let layout) = spec else { return }
    for name in parameters.names {
      let isHead = name.hasPrefix("fc_")
      #expect(spec.trains(name) == isHead)
      #expect(isHead || name.hasPrefix(layout.trunk.prefix) || name == IRNet.meanShiftName)
    }
    let graph = try spec.build(batch: 1, inputSize: (32, 32), training: true)
    #expect(!graph.taps.keys.contains { $0.hasPrefix("bn.") })
  }

  /// Finer maps are means of squares before the heads; coarser ones grow after normalisation.
  @Test func everyMapReachesTheGrid() throws {
    let spec = try NetworkSpec.vgg(Self.deep).boundaryNetwork(edgeWidth: 8, width: 16)
    let graph = try spec.build(batch: 1, inputSize: (64, 64), training: true)
    var pools: [Int] = []
    var growths = 0
    for node in graph.nodes {
      guard case .operation(let op, let inputs) = node.source else { continue }
      if let pool = op as? AveragePool2d { pools.append(pool.kernel) }
      if op is ResizeBilinear {
        growths += 1
        #expect(graph.op(of: inputs[0]) is GroupNormalize && node.shape[2] == 16)
      }
    }
    // Of blocks 2 to 5 and the extra map: 32, 16, 8, 8 and 8 cells wide.
    #expect(pools == [2])
    #expect(growths == 6)
  }

  @Test(arguments: cases) func layoutsAreData(_ test: Case) throws {
    let spec = try test.classifier.boundaryNetwork(edgeWidth: 8, width: 16)
    let data = try JSONEncoder().encode(spec)
    #expect(try JSONDecoder().decode(NetworkSpec.self, from: data) == spec)
  }

  /// The form that residual trunks had before there were others.
  @Test func olderLayoutsAreRead() throws {
    let text = """
      {"kind": "irnet", "edgeWidth": 4, "width": 8, "trunk": {"inChannels": 2, "block": "basic",
       "stemWidth": 4, "stemKernel": 7, "groups": 1, "stages": [
        {"depth": 1, "width": 4, "stride": 1, "dilation": 1, "firstDilation": 1},
        {"depth": 1, "width": 4, "stride": 2, "dilation": 1, "firstDilation": 1},
        {"depth": 1, "width": 4, "stride": 2, "dilation": 1, "firstDilation": 1},
        {"depth": 1, "width": 4, "stride": 1, "dilation": 1, "firstDilation": 1}]}}
      """
    let spec = try JSONDecoder().decode(NetworkSpec.self, from: Data(text.utf8))
    let trunk = ResNetTrunk(
      inChannels: 2, block: .basic, stemWidth: 4,
      stages: [.init(1, 4, stride: 1), .init(1, 4), .init(1, 4), .init(1, 4, stride: 1)])
    #expect(spec == .irNet(IRNet(trunk, edgeWidth: 4, width: 8)))
    let written = try JSONSerialization.jsonObject(with: JSONEncoder().encode(spec))
    let read = try JSONSerialization.jsonObject(with: Data(text.utf8))
    #expect(written as? NSDictionary == read as? NSDictionary)
  }

  @Test func publishedTrunkFollowsFromTheClassifier() throws {
    let dilated = NetworkSpec.resNet(ResNet(ResNetTrunk.resNet50.dilatedToStride8, outputs: 1))
    #expect(try dilated.boundaryNetwork() == .irNet(IRNet()))
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let trunk = VGGTrunk(inChannels: 1, blocks: [.init([4]), .init([4]), .init([4])])
    let bad: [NetworkSpec] = [
      .irNet(IRNet(trunk: .vgg(trunk, extra: [4]))),
      .irNet(IRNet(trunk: .vgg(Self.mini.trunk, extra: [1 << 50]))),
      .irNet(IRNet(trunk: .vgg(VGGTrunk(blocks: []), extra: []))),
    ]
    for spec in bad {
      #expect(throws: ModelError(.specification)) {
        _ = try spec.build(batch: 1, inputSize: (64, 64), training: false)
      }
    }
    #expect(throws: ModelError(.specification)) {
      _ = try NetworkTests.segmenter.boundaryNetwork()
    }
    let spec = try NetworkSpec.vgg(Self.deep).boundaryNetwork(edgeWidth: 8, width: 16)
    #expect(throws: ModelError(.inputSize)) {
      _ = try spec.build(batch: 1, inputSize: (36, 64), training: false)
    }
    var weights = try NetworkSpec.vgg(Self.deep).initialParameters(seed: 1)
    #expect(throws: ModelError(.specification)) {
      _ = try NetworkSpec.vgg(Self.deep).irNetParameters(from: weights, seed: 1)
    }
    func refuse() {
      #expect { _ = try spec.irNetParameters(from: weights, seed: 1) } throws: {
        ($0 as? ModelError)?.code == .weights
      }
    }
    weights["features.0.weight"]?.values[0] = .nan
    refuse()
    weights["features.0.weight"] = Tensor(zeros: [4, 1, 3, 2])
    refuse()
    weights["features.0.weight"] = nil
    refuse()
  }
}
