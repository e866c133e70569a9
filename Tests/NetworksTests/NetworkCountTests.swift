import Networks
import Testing

/// Parameter counts, to the digit.
@Suite struct NetworkCountTests {
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
}
