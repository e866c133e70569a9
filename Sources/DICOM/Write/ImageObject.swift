import CDCMTK
import Imaging

/// A CR, DX, CT or Secondary Capture image made from arrays or from a picture file: phantoms and
/// `pleura import-image`.
package struct ImageObject: Sendable {
  package enum ObjectClass: Sendable, Hashable {
    case computedRadiography
    /// Digital X-Ray Image Storage - For Presentation.
    case digitalXRay
    case computedTomography
    case secondaryCapture
  }

  /// What the pixels are.
  package enum Content: Sendable {
    /// `samples[row * width + column]`, each within `bitsStored` bits (1...16).
    case grayscale(samples: [Int32], bitsStored: Int, isSigned: Bool, inverted: Bool)
    /// `rgb[(row * width + column) * 3 + channel]`.
    case rgb([UInt8])
    /// A baseline JPEG file, kept byte for byte; `components` is 1 or 3.
    case jpeg([UInt8], components: Int)
  }

  /// The people's side: synthetic names, or those of an import.
  package struct Patient: Sendable {
    package var name = Sensitive("")
    package var id = Sensitive("")
    /// `YYYYMMDD` or empty.
    package var birthDate = Sensitive("")
    /// `M`, `F`, `O` or empty.
    package var sex = Sensitive("")

    package init() {}
  }

  package struct StudyModule: Sendable {
    package var studyInstanceUID: UID
    package var date = Sensitive("")
    package var time = Sensitive("")
    package var id = Sensitive("")
    package var accessionNumber = Sensitive("")
    package var description = Sensitive("")

    package init(studyInstanceUID: UID) {
      self.studyInstanceUID = studyInstanceUID
    }
  }

  /// How a picture became this object.
  package struct Provenance: Sendable {
    /// Derivation Description (0008,2111), ST, ASCII.
    package var description: String
    /// The pixels went through a lossy compression somewhere (0028,2110).
    package var isLossy: Bool
    /// Compression ratio (0028,2112) where known.
    package var ratio: Double?

    package init(description: String, isLossy: Bool, ratio: Double? = nil) {
      self.description = description
      self.isLossy = isLossy
      self.ratio = ratio
    }
  }

  package let objectClass: ObjectClass
  package let width: Int
  package let height: Int
  package let content: Content
  package let identity: ObjectIdentity
  package var patient = Patient()
  package var study: StudyModule

  package var syntax = OutputSyntax.explicitLittleEndian
  /// 1...100, for the lossy syntaxes alone.
  package var jpegQuality = 90

  package var seriesDescription = ""
  package var manufacturer = "Pleura"
  package var modelName = "phantom"
  package var softwareVersion = "0.1"
  /// Image Type from its third value on; the first two follow from `provenance`.
  package var imageTypeTail: [String] = []
  package var provenance: Provenance?

  package var window: DisplayWindow?
  /// Output units = stored * slope + intercept; for CT Hounsfield units.
  package var rescale: (slope: Double, intercept: Double)?
  package var pixelPaddingValue: Int?
  /// Imager Pixel Spacing of a projection image, Pixel Spacing of CT comes from `plane`.
  package var pixelSpacing: PixelSpacing?
  /// CT: where the slice lies.
  package var plane: PlaneGeometry?
  package var sliceThicknessMillimetres: Double?
  package var frameOfReferenceUID: UID?

  package var bodyPartExamined = "CHEST"
  /// PA, AP, LL ...; empty when unknown.
  package var viewPosition = ""
  /// Directions of rows and columns (PS3.3 C.7.6.1.1.1); a standard frontal film is `L`, `F`.
  package var patientOrientation: [String] = []

  package init(
    _ objectClass: ObjectClass, width: Int, height: Int, content: Content,
    identity: ObjectIdentity, study: StudyModule
  ) {
    self.objectClass = objectClass
    self.width = width
    self.height = height
    self.content = content
    self.identity = identity
    self.study = study
  }
}
