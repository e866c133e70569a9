import Graphs

/// The networks of the literature by their names, at full width or divided.
package enum NamedNetwork: String, Sendable, CaseIterable, Codable {
  case vgg16 = "vgg16"
  case vgg16BN = "vgg16-bn"
  /// The convolutions of VGG16 to relu5_3; no head.
  case vgg16Trunk = "vgg16-trunk"
  /// Dilated, normalised, with three more convolutions (Viniavskyi 2020).
  case vgg16D1 = "vgg16-d1"
  case resNet18 = "resnet18"
  case resNet34 = "resnet34"
  case resNet50 = "resnet50"
  case resNet50OS8 = "resnet50-os8"
  case resNet50OS8Conv3 = "resnet50-os8-conv3"
  case denseNet121 = "densenet121"
  case seResNeXt50 = "se-resnext50-32x4d"
  case uNetClassic = "unet-classic"
  case uNetResNet18 = "unet-resnet18"
  case uNetResNet34 = "unet-resnet34"
  case uNetResNet50 = "unet-resnet50"
  case uNetSEResNeXt50 = "unet-se-resnext50"
  case deepLabV3ResNet50 = "deeplabv3-resnet50"
  /// VainF's form.
  case deepLabV3PlusResNet50 = "deeplabv3plus-resnet50"
  /// The form of segmentation_models_pytorch.
  case deepLabV3PlusResNet18 = "deeplabv3plus-resnet18"
  case cigaResNet18 = "ciga-resnet18"
  case decomposition = "decomposition"
  case decompositionShared = "decomposition-shared"
  case decompositionCritic = "decomposition-critic"
  case nam1GAP = "nam-1gap"
  case nam2GAP = "nam-2gap"
  case nam3GAP = "nam-3gap"
  case irNet = "irnet"

  /// The layout.
  ///
  /// - Parameters:
  ///   - channels: of the input image.
  ///   - outputs: logits; of no effect on "vgg16-trunk" (none), the decomposition (as many as
  ///     channels), its critic and "irnet" (one).
  ///   - divisor: every width is divided by it, for small forms of the same network.
  package func spec(channels: Int, outputs: Int, dividingWidthsBy divisor: Int = 1) -> NetworkSpec {
    let full = full(channels, outputs)
    return divisor > 1 ? full.scaled(by: divisor) : full
  }

  /// The network as a graph: see `NetworkSpec.build`.
  package func build(
    batch: Int, channels: Int, height: Int, width: Int, outputs: Int, training: Bool
  ) throws -> Graph {
    try spec(channels: channels, outputs: outputs)
      .build(batch: batch, inputSize: (height, width), training: training)
  }

  private func full(_ channels: Int, _ outputs: Int) -> NetworkSpec {
    func trunk(_ trunk: ResNetTrunk) -> ResNetTrunk {
      var trunk = trunk
      trunk.inChannels = channels
      return trunk
    }
    func vgg(_ blocks: [VGGTrunk.Block], batchNorm: Bool = false) -> VGGTrunk {
      VGGTrunk(inChannels: channels, blocks: blocks, batchNorm: batchNorm)
    }
    func nam(_ scales: Int) -> NetworkSpec {
      .nam(NAM(vgg(VGGTrunk.vgg16Map), scales: scales, outputs: outputs))
    }
    func classifier(_ form: ResNetTrunk, extra: [Int] = []) -> NetworkSpec {
      .resNet(ResNet(trunk(form), extra: extra, outputs: outputs))
    }
    func uNet(_ form: ResNetTrunk) -> NetworkSpec {
      .encoderUNet(EncoderUNet(trunk(form), outputs: outputs))
    }
    let three = [512, 512, 512]
    let stride8 = ResNetTrunk.resNet50.dilatedToStride8
    switch self {
    case .vgg16: return .vgg(VGG(vgg(VGGTrunk.vgg16), outputs: outputs))
    case .vgg16BN: return .vgg(VGG(vgg(VGGTrunk.vgg16, batchNorm: true), outputs: outputs))
    case .vgg16Trunk: return .vgg(VGG(vgg(VGGTrunk.vgg16Map), head: .none, outputs: 0))
    case .vgg16D1:
      let dilated = vgg(VGGTrunk.vgg16D1, batchNorm: true)
      return .vgg(VGG(dilated, extra: three, head: .mean, outputs: outputs))
    case .resNet18: return classifier(.resNet18)
    case .resNet34: return classifier(.resNet34)
    case .resNet50: return classifier(.resNet50)
    case .resNet50OS8: return classifier(stride8)
    case .resNet50OS8Conv3: return classifier(stride8, extra: three)
    case .denseNet121: return .denseNet(DenseNet(inChannels: channels, outputs: outputs))
    case .seResNeXt50: return classifier(.seResNeXt50)
    case .uNetClassic: return .classicUNet(ClassicUNet(inChannels: channels, outputs: outputs))
    case .uNetResNet18: return uNet(.resNet18)
    case .uNetResNet34: return uNet(.resNet34)
    case .uNetResNet50: return uNet(.resNet50)
    case .uNetSEResNeXt50: return uNet(.seResNeXt50)
    case .deepLabV3ResNet50: return .deepLabV3(DeepLabV3(trunk(stride8), outputs: outputs))
    case .deepLabV3PlusResNet50:
      return .deepLabV3Plus(DeepLabV3Plus(trunk(stride8), form: .dense, outputs: outputs))
    case .deepLabV3PlusResNet18:
      let stride16 = trunk(ResNetTrunk.resNet18.dilatedToStride16)
      return .deepLabV3Plus(DeepLabV3Plus(stride16, form: .separable, outputs: outputs))
    case .cigaResNet18:
      return .ciga(Ciga(trunk(ResNetTrunk.resNet18.prefix(3)), outputs: outputs))
    case .decomposition: return .decomposition(Decomposition(inChannels: channels))
    case .decompositionShared:
      return .decomposition(Decomposition(inChannels: channels, isShared: true))
    case .decompositionCritic: return .critic(Critic(inChannels: channels))
    case .nam1GAP: return nam(1)
    case .nam2GAP: return nam(2)
    case .nam3GAP: return nam(3)
    case .irNet: return .irNet(IRNet(trunk(ResNetTrunk.resNet50.shortened)))
    }
  }
}

extension NetworkSpec {
  /// The same network with every width divided; widths of 1 at least.
  package func scaled(by divisor: Int) -> NetworkSpec {
    switch self {
    case .vggGAP(var layout):
      layout.widths = layout.widths.map { $0.map { $0.divided(by: divisor) } }
      return .vggGAP(layout)
    case .uNet(var layout):
      layout.width = layout.width.divided(by: divisor)
      return .uNet(layout)
    case .vgg(let layout): return .vgg(layout.scaled(by: divisor))
    case .nam(let layout): return .nam(layout.scaled(by: divisor))
    case .resNet(let layout): return .resNet(layout.scaled(by: divisor))
    case .denseNet(let layout): return .denseNet(layout.scaled(by: divisor))
    case .classicUNet(let layout): return .classicUNet(layout.scaled(by: divisor))
    case .encoderUNet(let layout): return .encoderUNet(layout.scaled(by: divisor))
    case .deepLabV3(let layout): return .deepLabV3(layout.scaled(by: divisor))
    case .deepLabV3Plus(let layout): return .deepLabV3Plus(layout.scaled(by: divisor))
    case .ciga(let layout): return .ciga(layout.scaled(by: divisor))
    case .decomposition(let layout): return .decomposition(layout.scaled(by: divisor))
    case .critic(let layout): return .critic(layout.scaled(by: divisor))
    case .irNet(let layout): return .irNet(layout.scaled(by: divisor))
    }
  }
}
