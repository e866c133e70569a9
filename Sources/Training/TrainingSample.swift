import Imaging
import Networks

/// One prepared picture with what is known about it.
package struct TrainingSample: Sendable {
  package var image: PreparedImage
  /// One value a label: 1, 0, or nil when unknown.
  package var labels: [Float?]
  /// Truth at the input size: the lungs for lung networks, the lesion where it is known. Never
  /// seen by training from image labels.
  package var truth: Mask?
  /// For training affinities: at the input size, 0 background, 1 the label, 255 unknown.
  package var seeds: [UInt8]?
  package let patient: String
  /// Index of the recipe's source that it came from.
  package let source: Int
  /// Where the picture was published, for metrics over pairs of one origin.
  package let origin: String

  package init(
    image: PreparedImage, labels: [Float?], truth: Mask?, patient: String, source: Int,
    origin: String
  ) {
    self.image = image
    self.labels = labels
    self.truth = truth
    self.patient = patient
    self.source = source
    self.origin = origin
  }
}
