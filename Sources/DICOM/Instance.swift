import Imaging

/// One SOP instance: what its header says, without its pixels.
///
/// A value: it holds no file open. The pixels are read again from `path` by an `InstanceReader`.
package struct Instance: Sendable {
  package var path: Sensitive<String>
  /// Of the bytes of the file, 64 hexadecimal digits.
  package var sha256: String
  package var byteCount: Int

  package var sopClassUID: UID
  package var sopInstanceUID: UID
  package var studyInstanceUID: UID
  package var seriesInstanceUID: UID
  /// True when Study or Series Instance UID is absent in the file and derived from its own: only
  /// for objects that are skipped anyway.
  package var hasDerivedIdentifiers = false
  package var frameOfReferenceUID: UID?
  package var transferSyntaxUID: UID
  /// Modality (0008,0060), such as `CR`, `DX`, `CT`; empty when the object has none.
  package var modality = ""
  package var kind: Kind
  package var pixels: PixelDescription?

  /// Per frame, in frame order; nil where the frame has no complete geometry. Empty without pixels.
  package var frames: [PlaneGeometry?] = []
  /// Pixel Spacing, or Imager Pixel Spacing of a projection image, in mm.
  package var pixelSpacing: PixelSpacing?
  /// True when `pixelSpacing` is at the detector, not corrected for magnification.
  package var pixelSpacingIsAtDetector = false
  package var sliceThicknessMillimetres: Double?
  /// Gantry/Detector Tilt (0018,1120) in degrees.
  package var gantryTiltDegrees: Double?

  package var bodyPartExamined = ""
  package var viewPosition = ""
  /// Patient Orientation (0020,0020): the anatomical direction of rows, then of columns.
  package var patientOrientation: [String] = []
  package var imageType: [String] = []
  package var instanceNumber: Int?
  package var seriesNumber: Int?
  package var acquisitionNumber: Int?
  package var numberOfStudyRelatedInstances: Int?
  package var numberOfSeriesRelatedInstances: Int?
  package var manufacturer = ""
  package var lossyImageCompression = false
  package var burnedInAnnotation = false

  package var patientID = Sensitive("")
  package var patientName = Sensitive("")
  package var patientBirthDate = Sensitive("")
  package var patientSex = Sensitive("")
  package var accessionNumber = Sensitive("")
  package var studyID = Sensitive("")
  /// Study Date (0008,0020), `YYYYMMDD`.
  package var studyDate = Sensitive("")
  package var studyTime = Sensitive("")
  package var studyDescription = Sensitive("")
  package var seriesDescription = Sensitive("")
  package var referringPhysicianName = Sensitive("")

  package init(
    path: Sensitive<String>, sha256: String, byteCount: Int, identity: Identity,
    transferSyntaxUID: UID, kind: Kind
  ) {
    self.path = path
    self.sha256 = sha256
    self.byteCount = byteCount
    sopClassUID = identity.sopClassUID
    sopInstanceUID = identity.sopInstanceUID
    studyInstanceUID = identity.studyInstanceUID
    seriesInstanceUID = identity.seriesInstanceUID
    self.transferSyntaxUID = transferSyntaxUID
    self.kind = kind
  }

  package var rows: Int { pixels?.rows ?? 0 }
  package var columns: Int { pixels?.columns ?? 0 }
  package var numberOfFrames: Int { pixels?.numberOfFrames ?? 0 }
  package var photometricInterpretation: String { pixels?.photometricInterpretation ?? "" }
}

extension Instance {
  /// The four identifiers that every composite instance has.
  package struct Identity: Sendable, Hashable {
    package var sopClassUID: UID
    package var sopInstanceUID: UID
    package var studyInstanceUID: UID
    package var seriesInstanceUID: UID

    package init(
      sopClassUID: UID, sopInstanceUID: UID, studyInstanceUID: UID, seriesInstanceUID: UID
    ) {
      self.sopClassUID = sopClassUID
      self.sopInstanceUID = sopInstanceUID
      self.studyInstanceUID = studyInstanceUID
      self.seriesInstanceUID = seriesInstanceUID
    }
  }

  /// What an object is to this program.
  package enum Kind: Sendable, Hashable {
    /// A frontal or lateral film of the chest: CR, DX, or a secondary capture of one.
    case radiograph
    /// CT or Enhanced CT slices.
    case computedTomography
    /// An image, but not one to score.
    case otherImage(Reason)
    case nonImage(Reason)

    /// Stable names: they are stored as the reason of a skip.
    package enum Reason: String, Sendable, Hashable, CaseIterable {
      case segmentation
      case presentationState = "presentation-state"
      case structuredReport = "structured-report"
      case mediaDirectory = "media-directory"
      case radiotherapy
      case waveform
      case encapsulatedDocument = "encapsulated-document"
      case otherModality = "other-modality"
      case otherBodyPart = "other-body-part"
      case colour
      case localizer
      case noPixelData = "no-pixel-data"
      case parametricMap = "parametric-map"
      case derivedObject = "derived-object"
      case unknownClass = "unknown-sop-class"
    }
  }
}
