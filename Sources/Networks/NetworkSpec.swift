/// A network by its layout: what a model package stores beside the weights.
///
/// The JSON form carries "kind": "vgg-gap" or "unet", and the fields of that layout.
package enum NetworkSpec: Sendable, Hashable {
  case vggGAP(VGGGAP)
  case uNet(UNet)

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

  /// Channels of the input image.
  package var inChannels: Int {
    switch self {
    case .vggGAP(let layout): layout.inChannels
    case .uNet(let layout): layout.inChannels
    }
  }

  /// Logits of the head.
  package var outputs: Int {
    switch self {
    case .vggGAP(let layout): layout.outputs
    case .uNet(let layout): layout.outputs
    }
  }
}

extension NetworkSpec: Codable {
  private enum Keys: String, CodingKey { case kind }
  private static let vggName = "vgg-gap"
  private static let uNetName = "unet"

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    let kind = try container.decode(String.self, forKey: .kind)
    switch kind {
    case Self.vggName: self = .vggGAP(try VGGGAP(from: decoder))
    case Self.uNetName: self = .uNet(try UNet(from: decoder))
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: container, debugDescription: "unknown kind of network")
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    switch self {
    case .vggGAP(let layout):
      try container.encode(Self.vggName, forKey: .kind)
      try layout.encode(to: encoder)
    case .uNet(let layout):
      try container.encode(Self.uNetName, forKey: .kind)
      try layout.encode(to: encoder)
    }
  }
}
