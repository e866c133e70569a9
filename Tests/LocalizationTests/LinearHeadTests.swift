import Graphs
import Imaging
import Networks
import Tensors
import Testing

import Localization

/// The class map of every layout of classifiers, whatever its head is called.
@Suite struct LinearHeadTests {
  private static let blocks = [
    VGGTrunk.Block([4]), VGGTrunk.Block([6], dilation: 2, pool: .none),
  ]

  private static let heads: [(network: NetworkSpec, bias: String)] = [
    (.vggGAP(.init(inChannels: 1, widths: [[4], [6]], outputs: 2)), "head.bias"),
    (
      .vgg(VGG(VGGTrunk(inChannels: 1, blocks: blocks), head: .mean, outputs: 2)), "classifier.bias"
    ),
    (
      .vgg(VGG(VGGTrunk(inChannels: 1, blocks: blocks), extra: [5], head: .mean, outputs: 2)),
      "classifier.bias"
    ),
    (NamedNetwork.resNet18.spec(channels: 1, outputs: 2, dividingWidthsBy: 16), "fc.bias"),
    (
      NamedNetwork.resNet50OS8Conv3.spec(channels: 1, outputs: 2, dividingWidthsBy: 32), "fc.bias"
    ),
    (
      NamedNetwork.seResNeXt50.spec(channels: 1, outputs: 2, dividingWidthsBy: 32),
      "last_linear.bias"
    ),
    (
      NamedNetwork.denseNet121.spec(channels: 1, outputs: 2, dividingWidthsBy: 8),
      "classifier.bias"
    ),
    (NamedNetwork.nam1GAP.spec(channels: 1, outputs: 2, dividingWidthsBy: 32), "classifier.bias"),
  ]

  private func maps(
    _ network: NetworkSpec, _ parameters: Parameters, _ methods: [any Localizer.Type],
    layer: String? = nil
  ) throws -> [Tensor] {
    var graph = try network.build(batch: 1, inputSize: (64, 64), training: false)
    var outputs = [try #require(graph.taps["logits"])]
    for method in methods { outputs.append(try method.map(of: 1, at: layer, in: &graph)) }
    let image = Tensor([1, 1, 64, 64], TestNetworks.picture(64, 64).pixels)
    return try Plan(graph, outputs: outputs).run(
      inputs: ["image": image], parameters: parameters, workspace: Workspace(threads: 1))
  }

  @Test(arguments: heads.indices)
  func meanOfTheClassMapPlusTheBiasIsTheLogit(_ index: Int) throws {
    let (network, bias) = Self.heads[index]
    let parameters = try TestNetworks.moved(network)
    let results = try maps(
      network, parameters, [ClassActivationMap.self, GradientClassActivationMap.self])
    let cells = results[1].values
    let mean = cells.reduce(0.0) { $0 + Double($1) } / Double(cells.count)
    let logit = Double(results[0].values[1])
    let shift = Double(try #require(parameters[bias]).values[1])
    let size = Double(cells.map(abs).max() ?? 0)
    #expect(size > 0 && abs(mean + shift - logit) < 1e-4 * (size + abs(logit)))
    // Behind a global mean the weights of Grad-CAM are those of the class map over the cells.
    for (a, b) in zip(cells, results[2].values) {
      #expect(abs(max(0, a) / Float(cells.count) - b) < 1e-4 * Float(size))
    }
  }

  /// A pooling behind the last map, hidden layers, or several maps: no class map, but Grad-CAM.
  @Test(arguments: [
    NetworkSpec.vggGAP(.init(inChannels: 1, widths: [[4], [6]], poolsAfter: [0, 1], outputs: 2)),
    .vgg(
      VGG(
        VGGTrunk(inChannels: 1, blocks: [.init([4]), .init([6])]), head: .perceptron, hidden: 8,
        outputs: 2)),
    .vgg(VGG(VGGTrunk(inChannels: 1, blocks: [.init([4]), .init([6])]), head: .mean, outputs: 2)),
    NamedNetwork.nam2GAP.spec(channels: 1, outputs: 2, dividingWidthsBy: 32),
  ])
  func otherHeadsAreRefused(_ network: NetworkSpec) throws {
    let parameters = try TestNetworks.moved(network)
    #expect(throws: LocalizationError(.noHead)) {
      _ = try maps(network, parameters, [ClassActivationMap.self])
    }
    #expect(throws: LocalizationError(.noHead)) {
      _ = try maps(network, parameters, [FineActivationMap.self])
    }
    let others: [any Localizer.Type] = [GradientClassActivationMap.self, GradCAMPlusPlus.self]
    for map in try maps(network, parameters, others) {
      #expect(map.values.allSatisfy { $0.isFinite })
    }
  }

  @Test func aGradientMapIsTakenAtAnyTap() throws {
    let trunk = VGGTrunk(inChannels: 1, blocks: [.init([4]), .init([6]), .init([8], pool: .none)])
    let network = NetworkSpec.vgg(VGG(trunk, head: .mean, outputs: 2))
    let parameters = try TestNetworks.moved(network)
    for method in Localizers.all where method.name.hasPrefix("grad-cam") {
      let own = try maps(network, parameters, [method])[1]
      let last = try maps(network, parameters, [method], layer: "block3")[1]
      let first = try maps(network, parameters, [method], layer: "block1")[1]
      #expect(own == last && own.shape == [16, 16])
      #expect(first.shape == [64, 64] && first.values.contains { $0 != 0 })
    }
    let layer = try maps(network, parameters, [LayerActivationMap.self], layer: "block1")[1]
    #expect(layer.shape == [64, 64])
    #expect(throws: LocalizationError(.noHead)) {
      _ = try maps(network, parameters, [ClassActivationMap.self], layer: "block1")
    }
    for name in ["block4", "logits", ""] {
      #expect(throws: LocalizationError(.noTap)) {
        _ = try maps(network, parameters, [GradCAMPlusPlus.self], layer: name)
      }
    }
    #expect(throws: LocalizationError(.noHead)) {
      var graph = try network.build(batch: 1, inputSize: (64, 64), training: false)
      _ = try GradCAMPlusPlus.map(of: 2, in: &graph)
    }
  }

  /// A tap that the logits do not depend on has no gradient to speak of.
  @Test func aSideBranchHasNoMap() throws {
    var graph = Graph()
    let features = graph.input("features", [1, 2, 2, 2])
    graph.tap("features", features)
    graph.tap("side", try graph.add(Square(), features))
    graph.tap("logits", try graph.globalMean(features))
    #expect(throws: LocalizationError(.noTap)) {
      _ = try GradientClassActivationMap.map(of: 0, at: "side", in: &graph)
    }
    // The mean alone, without a linear layer.
    #expect(throws: LocalizationError(.noHead)) {
      _ = try ClassActivationMap.map(of: 0, in: &graph)
    }
  }
}
