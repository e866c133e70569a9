import Imaging

/// How strongly each place of a picture speaks for a label.
package struct Heatmap: Sendable {
  /// At the resolution the method made it; zero or more once the method clips negatives.
  package let image: Image
  /// Stable name of the method, recorded with each finding.
  package let method: String

  package init(image: Image, method: String) {
    self.image = image
    self.method = method
  }

  package var peak: Float { image.pixels.max() ?? 0 }
}

/// Where a map threshold came from: whether pixel truth had a hand in it (weak supervision ends
/// where it had).
package enum ThresholdSource: String, Sendable, Codable {
  case none
  case imageLevelValidation = "image-level-validation"
  case pixelLevelValidation = "pixel-level-validation"
}
