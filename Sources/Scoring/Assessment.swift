import DICOM
import Findings
import Imaging
import Localization
import Lungs

/// What a classifier says of one film or one series.
package struct Assessment: Sendable {
  /// Stable name of the label, such as `pneumothorax`.
  package let label: String
  package let concept: CodedConcept
  /// Segmented Property Category, and the anatomic region without its side, for segments.
  package var category = CodedConcept.abnormalStructure
  package var anatomicRegion = CodedConcept.lung
  /// Calibrated when `isCalibrated`; `0...1`.
  package let probability: Double
  package let isCalibrated: Bool
  /// The operating point: positive from here on.
  package let threshold: Double
  /// Name of the localization method.
  package let method: String
  package let producer: Producer

  package var isPositive: Bool { probability >= threshold }

  /// Whether what it speaks of lies in the lungs and nowhere else.
  var isInLungs: Bool { anatomicRegion == .lung }
  /// Whether it can lie on one side: in a lung or its pleura.
  var hasSides: Bool { isInLungs || anatomicRegion.value == CodedConcept.pleura.value }

  /// What the model says of its scores; nil: not stated.
  package var isExperimental: Bool? { producer.isExperimental }

  /// Label and probability, for pictures and annotations; no patient data.
  var caption: String { captionLines.joined(separator: " ") }

  /// The mark is a line of its own, so that a narrow picture does not cut it off.
  var captionLines: [String] {
    let percent = Int((probability * 100).rounded())
    let isMeasured = method == CTPneumothorax.method
    return [label.uppercased() + (isMeasured ? " BY ANATOMY" : " P \(percent)%")]
      + (isExperimental == true ? ["EXPERIMENTAL"] : [])
  }
}

/// One film with its assessment and where it points.
package struct FilmFinding: Sendable {
  package let instance: Instance
  package let frame: Int
  package let assessment: Assessment
  /// As the VOI transform shows it, `0...1`.
  package let display: Image
  /// Over the film, `0...1`: a map over its peak, or the probability that a segmentation network
  /// gives; nil for a film that is not positive.
  package let heat: Image?
  package let regions: [Region]
  package let lungFlags: [String]
}

/// One CT series with its assessment and where it points.
package struct SeriesFinding: Sendable {
  package let instances: [Instance]
  /// Where each slice of the volume came from.
  package let sources: [VolumeReport.FrameReference]
  package let assessment: Assessment
  /// The slice that the preview shows: the one with the strongest region, or the middle one.
  package let keySlice: Int
  /// The key slice in a lung window, `0...1`.
  package let display: Image
  package let heat: Image?
  package let regions: [VolumeRegion]
  package let lungFlags: [String]
  /// Whether a preview is made where nothing was found.
  package var previewsNegative = true
}
