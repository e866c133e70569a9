import Imaging
import Networks

/// One prepared picture with what is known about it.
package struct TrainingSample: Sendable {
  package var image: PreparedImage
  /// One value a label: 1, 0, or nil when unknown.
  package var labels: [Float?]
  /// Truth at the input size by label: the lungs for lung networks, each finding where it is known.
  /// Masks may overlap. Never seen by training from image labels.
  package var truths: [Mask?]
  /// For training affinities: at the input size, 0 background, 1 the label, 255 unknown.
  package var seeds: [UInt8]?
  package let patient: String
  /// Index of the recipe's source that it came from.
  package let source: Int
  /// Where the picture was published, for metrics over pairs of one origin.
  package let origin: String

  package init(
    image: PreparedImage, labels: [Float?], truths: [Mask?], patient: String, source: Int,
    origin: String
  ) {
    self.image = image
    self.labels = labels
    self.truths = truths
    self.patient = patient
    self.source = source
    self.origin = origin
  }
}

extension TrainingSample {
  /// Of the first label.
  package var truth: Mask? {
    get { truths.first ?? nil }
    set { if truths.isEmpty { truths = [newValue] } else { truths[0] = newValue } }
  }

  /// nil where nobody drew the label.
  func truth(of label: Int) -> Mask? { truths.indices.contains(label) ? truths[label] : nil }

  /// With the truth of the first label alone.
  package init(
    image: PreparedImage, labels: [Float?], truth: Mask?, patient: String, source: Int,
    origin: String
  ) {
    self.init(
      image: image, labels: labels, truths: [truth], patient: patient, source: source,
      origin: origin)
  }
}
