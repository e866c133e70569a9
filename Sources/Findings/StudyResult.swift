import Foundation
import Imaging

/// The model that made findings, as the table `model` keeps it.
package struct ModelIdentity: Sendable, Hashable {
  package let name: String
  package let version: String
  /// SHA-256 of the model package.
  package let digest: String
  /// Text of the model card; stored once.
  package let card: String

  package init(name: String, version: String, digest: String, card: String = "") {
    self.name = name
    self.version = version
    self.digest = digest
    self.card = card
  }
}

/// Side of the patient that a finding lies on.
package enum FindingSide: String, Sendable, Hashable, CaseIterable, Codable {
  case left
  case right
  case both
}

/// A file that was written for a study: a row of `outputObject`.
package struct OutputObject: Sendable, Hashable {
  package enum Kind: String, Sendable, Hashable, CaseIterable, Codable {
    case segmentation = "SEG"
    case presentationState = "GSPS"
    case secondaryCapture = "SC"
    case preview = "PNG"
  }

  package let kind: Kind
  /// Nil for previews.
  package let sopInstanceUID: String?
  /// Relative to the output folder, with `/`.
  package let path: String
  package let sha256: String
  package let byteCount: Int64

  package init(
    kind: Kind, sopInstanceUID: String?, path: String, sha256: String, byteCount: Int64
  ) {
    self.kind = kind
    self.sopInstanceUID = sopInstanceUID
    self.path = path
    self.sha256 = sha256
    self.byteCount = byteCount
  }

  /// Describes the file that lies at `path` below `folder`, by reading it.
  /// - Throws: `StoreError` `missing` at `output` when it cannot be read.
  package init(
    kind: Kind, sopInstanceUID: String?, path: String, below folder: String
  ) throws {
    guard let file = SHA256.ofFile(folder + "/" + path) else {
      throw StoreError(.missing, at: "output")
    }
    self.init(
      kind: kind, sopInstanceUID: sopInstanceUID, path: path, sha256: file.sha256,
      byteCount: file.byteCount)
  }
}

/// One connected region of a finding: a row of `region`.
package struct FindingRegion: Sendable, Hashable {
  package var side: FindingSide?
  package var areaPixels: Int?
  package var areaMM2: Double?
  package var volumeML: Double?
  /// CT: the largest diameter within a slice.
  package var diameterMM: Double?
  /// CT: of the volume of the lung on its side, `0...1`.
  package var lungShare: Double?
  /// Smallest box in pixels: first column, first row, width, height.
  package var box: (column: Int, row: Int, width: Int, height: Int) {
    get { (boxColumn, boxRow, boxWidth, boxHeight) }
    set { (boxColumn, boxRow, boxWidth, boxHeight) = newValue }
  }
  package var boxColumn = 0
  package var boxRow = 0
  package var boxWidth = 0
  package var boxHeight = 0
  /// Zero-based, in pixels.
  package var centroidColumn: Double?
  package var centroidRow: Double?
  /// LPS, mm.
  package var centroid: Vector3?
  /// Peak and mean of the map inside.
  package var peak: Double?
  package var mean: Double?
  /// The image, or the slice with the largest cross-section.
  package var sopInstanceUID: String?
  /// First and last frame (or slice), from 0.
  package var firstFrame: Int?
  package var lastFrame: Int?

  package init() {}
}

/// One finding before it is stored: a row of `finding` with its regions and objects.
package struct FindingDraft: Sendable {
  /// Stable name, such as `pneumothorax`.
  package var label: String
  package var codeValue: String?
  package var codingScheme: String?
  package var codeMeaning: String?
  package var seriesInstanceUID: String?
  package var sopInstanceUID: String?
  /// Calibrated when `isCalibrated`, else the plain sigmoid; `0...1`.
  package var probability: Double
  package var isCalibrated: Bool
  /// Operating point that `isPositive` used.
  package var threshold: Double?
  package var isPositive: Bool
  package var side: FindingSide?
  package var areaMM2: Double?
  package var volumeML: Double?
  /// Of the lung field (radiograph) or lung volume (CT) of its side, `0...1`.
  package var sizeShare: Double?
  package var lungQualityFlags: [String] = []
  /// Localization method, such as `cam`.
  package var method: String?
  /// Whether the model calls its scores experimental; nil: not stated.
  package var isExperimental: Bool?
  package var regions: [FindingRegion] = []
  package var outputs: [OutputObject] = []

  package init(label: String, probability: Double, isCalibrated: Bool, isPositive: Bool) {
    self.label = label
    self.probability = probability
    self.isCalibrated = isCalibrated
    self.isPositive = isPositive
  }
}

/// Everything that scoring one study with one model came to: recorded in one transaction.
package struct StudyResult: Sendable {
  package var studyID: Int64
  package var key: WorkKey
  package var model: ModelIdentity
  package var startedAt: Date
  package var finishedAt: Date
  package var findings: [FindingDraft] = []
  /// Objects of the run that belong to no single finding.
  package var outputs: [OutputObject] = []
  /// Ids of the files that were scored. What came to the study later is left to wait.
  package var fileIDs: [Int64]
  /// By id of the file. Files of `fileIDs` that are not named become `scored`.
  package var outcomes: [Int64: FileOutcome] = [:]

  package init(
    studyID: Int64, fileIDs: [Int64], key: WorkKey, model: ModelIdentity, startedAt: Date,
    finishedAt: Date
  ) {
    self.studyID = studyID
    self.fileIDs = fileIDs
    self.key = key
    self.model = model
    self.startedAt = startedAt
    self.finishedAt = finishedAt
  }
}

/// Scoring that did not come to a result; the study stays on the worklist as unscored.
package struct StudyFailure: Sendable {
  package var studyID: Int64
  package var key: WorkKey
  package var model: ModelIdentity
  /// Stable code, such as that of a `DICOMError`.
  package var code: String
  package var place: String?
  /// Ids of the files that were tried. What came to the study later is left to wait.
  package var fileIDs: [Int64]
  /// By id of the file. Files of `fileIDs` that wait and are not named are quarantined with `code`.
  package var outcomes: [Int64: FileOutcome] = [:]

  package init(
    studyID: Int64, fileIDs: [Int64], key: WorkKey, model: ModelIdentity, code: String,
    place: String? = nil
  ) {
    self.studyID = studyID
    self.fileIDs = fileIDs
    self.key = key
    self.model = model
    self.code = code
    self.place = place
  }
}
