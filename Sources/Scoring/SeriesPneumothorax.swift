import DICOM
import Imaging
import Lungs

extension Assessment {
  /// Pneumothorax in a CT series by anatomy: found or not, without a probability of its own.
  static func pneumothorax(isFound: Bool) -> Assessment {
    let name = "pneumothorax-ct-\(CTPneumothorax.method)"
    return Assessment(
      label: "pneumothorax", concept: CodedConcept("36118008", "SCT", "Pneumothorax"),
      anatomicRegion: .pleura, probability: isFound ? 1 : 0, isCalibrated: false, threshold: 0.5,
      method: CTPneumothorax.method,
      producer: Producer(
        softwareVersion: ScoringModels.softwareVersion, algorithmName: name,
        algorithmVersion: CTPneumothorax.version,
        modelDigest: SHA256.hex(ofText: "\(name) \(CTPneumothorax.version)"),
        isExperimental: true))
  }
}
