import Foundation
import Graphs
import Networks
import Tensors
import Testing

/// Layouts as they come from files.
@Suite struct NetworkFileTests {
  @Test(arguments: NamedNetwork.allCases) func jsonRoundTrip(_ network: NamedNetwork) throws {
    let spec = NamedNetworkTests.small(network)
    let data = try JSONEncoder().encode(spec)
    #expect(try JSONDecoder().decode(NetworkSpec.self, from: data) == spec)
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
    let spec = NamedNetworkTests.small(.denseNet121)
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

  /// Packages made before there were named layouts.
  @Test(arguments: ["lesion-ct", "lungs-radiograph", "pneumothorax"])
  func olderPackagesLoad(_ name: String) throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let package = try ModelPackage.load(root.path + "/models/" + name)
    try package.verify(workspace: Workspace(threads: 1))
  }
}
