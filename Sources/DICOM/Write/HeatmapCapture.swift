import CDCMTK

/// A Secondary Capture image (PS3.3 A.8.1), RGB 8 bit, with a heat map burnt in: for viewers that
/// show neither segmentations nor presentation states.
package struct HeatmapCapture: Sendable {
  package let width: Int
  package let height: Int
  /// `rgb[(row * width + column) * 3 + channel]`.
  package let rgb: [UInt8]
  package let source: Sensitive<String>
  /// Zero-based frame of the source that the picture shows.
  package let frame: Int
  package let identity: ObjectIdentity
  package let producer: Producer

  /// Traps when `rgb` does not hold `width * height * 3` bytes: the picture is ours.
  package init(
    width: Int, height: Int, rgb: [UInt8], source: Sensitive<String>, frame: Int = 0,
    identity: ObjectIdentity, producer: Producer
  ) {
    precondition(width > 0 && height > 0 && rgb.count == width * height * 3)
    self.width = width
    self.height = height
    self.rgb = rgb
    self.source = source
    self.frame = frame
    self.identity = identity
    self.producer = producer
  }
}
