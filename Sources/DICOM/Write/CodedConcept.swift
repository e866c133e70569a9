/// A coded concept: Code Value, Coding Scheme Designator and Code Meaning (PS3.3 8.8).
///
/// Values are ASCII, at most 16 characters for value and scheme and 64 for the meaning.
package struct CodedConcept: Sendable, Hashable, Codable {
  package let value: String
  package let scheme: String
  package let meaning: String

  package init(_ value: String, _ scheme: String, _ meaning: String) {
    self.value = value
    self.scheme = scheme
    self.meaning = meaning
  }

  package static let pneumothorax = CodedConcept("36118008", "SCT", "Pneumothorax")
  package static let nodule = CodedConcept("27925004", "SCT", "Nodule")
  package static let pleuralEffusion = CodedConcept("60046008", "SCT", "Pleural effusion")
  /// The DICOM code; the SNOMED ones are not in the DICOM dictionaries.
  package static let groundGlassOpacity = CodedConcept("112120", "DCM", "Ground glass opacity")
  package static let lung = CodedConcept("39607008", "SCT", "Lung")
  package static let pleura = CodedConcept("3120008", "SCT", "Pleura")
  package static let left = CodedConcept("7771000", "SCT", "Left")
  package static let right = CodedConcept("24028007", "SCT", "Right")
  package static let bilateral = CodedConcept("51440002", "SCT", "Bilateral")
  /// Segmented Property Category of findings (CID 7150).
  package static let abnormalStructure = CodedConcept(
    "49755003", "SCT", "Morphologically Abnormal Structure")
  /// Segmented Property Category of anatomy.
  package static let bodyStructure = CodedConcept("123037004", "SCT", "Body structure")
  package static let artificialIntelligence = CodedConcept(
    "123110", "DCM", "Artificial Intelligence")
  package static let segmentation = CodedConcept("113076", "DCM", "Segmentation")
  package static let sourceImage = CodedConcept(
    "121322", "DCM", "Source image for image processing operation")
}
