/// A network by its layout: what a model package stores beside the weights.
///
/// The JSON form carries "kind", such as "vgg-gap" or "unet", and the fields of that layout.
package enum NetworkSpec: Sendable, Hashable {
  case vggGAP(VGGGAP)
  case uNet(UNet)
  case vgg(VGG)
  case nam(NAM)
  case resNet(ResNet)
  case denseNet(DenseNet)
  case classicUNet(ClassicUNet)
  case encoderUNet(EncoderUNet)
  case deepLabV3(DeepLabV3)
  case deepLabV3Plus(DeepLabV3Plus)
  case ciga(Ciga)
  case decomposition(Decomposition)
  case critic(Critic)
  case irNet(IRNet)

  /// Stages of 3 x 3 convolutions, 2 x 2 maximum pooling, then global mean and a linear head.
  package struct VGGGAP: Sendable, Hashable, Codable {
    package var inChannels: Int
    /// Output channels of each convolution, a list per stage.
    package var widths: [[Int]]
    /// Stages followed by a pooling; nil means all but the last.
    package var poolsAfter: [Int]?
    /// Logits of the head.
    package var outputs: Int
    package var batchNorm: Bool

    package init(
      inChannels: Int = 1, widths: [[Int]], poolsAfter: [Int]? = nil, outputs: Int = 1,
      batchNorm: Bool = true
    ) {
      self.inChannels = inChannels
      self.widths = widths
      self.poolsAfter = poolsAfter
      self.outputs = outputs
      self.batchNorm = batchNorm
    }
  }

  /// A U-Net (Ronneberger 2015) with batch normalisation and padded convolutions.
  package struct UNet: Sendable, Hashable, Codable {
    package var inChannels: Int
    /// Channels of the first level; each level below has twice as many.
    package var width: Int
    /// Poolings; the input extents must be multiples of 2 to this power.
    package var depth: Int
    /// Logits per cell.
    package var outputs: Int

    package init(inChannels: Int = 1, width: Int, depth: Int, outputs: Int = 1) {
      self.inChannels = inChannels
      self.width = width
      self.depth = depth
      self.outputs = outputs
    }
  }

  var layout: any NetworkLayout {
    switch self {
    case .vggGAP(let layout): layout
    case .uNet(let layout): layout
    case .vgg(let layout): layout
    case .nam(let layout): layout
    case .resNet(let layout): layout
    case .denseNet(let layout): layout
    case .classicUNet(let layout): layout
    case .encoderUNet(let layout): layout
    case .deepLabV3(let layout): layout
    case .deepLabV3Plus(let layout): layout
    case .ciga(let layout): layout
    case .decomposition(let layout): layout
    case .critic(let layout): layout
    case .irNet(let layout): layout
    }
  }

  /// Channels of the input image.
  package var inChannels: Int { layout.inChannels }

  /// Logits of the head; 0 when there is none.
  package var outputs: Int { layout.outputs }

  /// True for a parameter of `build` that an optimizer moves: neither running averages nor a
  /// trunk that the layout holds still.
  package func trains(_ name: String) -> Bool { layout.trains(name) }
}

extension NetworkSpec: Codable {
  private enum Keys: String, CodingKey { case kind }

  private static let readers: [String: @Sendable (any Decoder) throws -> NetworkSpec] = [
    VGGGAP.kind: { .vggGAP(try VGGGAP(from: $0)) },
    UNet.kind: { .uNet(try UNet(from: $0)) },
    VGG.kind: { .vgg(try VGG(from: $0)) },
    NAM.kind: { .nam(try NAM(from: $0)) },
    ResNet.kind: { .resNet(try ResNet(from: $0)) },
    DenseNet.kind: { .denseNet(try DenseNet(from: $0)) },
    ClassicUNet.kind: { .classicUNet(try ClassicUNet(from: $0)) },
    EncoderUNet.kind: { .encoderUNet(try EncoderUNet(from: $0)) },
    DeepLabV3.kind: { .deepLabV3(try DeepLabV3(from: $0)) },
    DeepLabV3Plus.kind: { .deepLabV3Plus(try DeepLabV3Plus(from: $0)) },
    Ciga.kind: { .ciga(try Ciga(from: $0)) },
    Decomposition.kind: { .decomposition(try Decomposition(from: $0)) },
    Critic.kind: { .critic(try Critic(from: $0)) },
    IRNet.kind: { .irNet(try IRNet(from: $0)) },
  ]

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    let kind = try container.decode(String.self, forKey: .kind)
    guard let read = Self.readers[kind] else {
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: container, debugDescription: "unknown kind of network")
    }
    self = try read(decoder)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(type(of: layout).kind, forKey: .kind)
    try layout.encode(to: encoder)
  }
}
