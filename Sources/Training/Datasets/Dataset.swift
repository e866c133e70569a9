import DICOM
import Imaging

/// The trees of files that can be read.
package enum DatasetKind: String, Sendable, Codable, CaseIterable {
  /// SIIM-ACR pneumothorax: DICOM tree and list of relative run lengths.
  case siim
  /// PASCAL VOC 2012, with the masks of SBD where they are there.
  case voc
  /// A folder of DICOM films and a list of image labels.
  case dicom
  /// Picture files and a list of them.
  case pictures
  /// CheXpert, with the outlines of CheXlocalize where they are there.
  case cheXpert = "chexpert"
  /// CT volumes, NIfTI or MetaImage, and a list of them.
  case volumes
  /// LIDC-IDRI: DICOM series and the marks of several readers.
  case lidc
  /// LUNA16: volumes and a list of spheres.
  case luna16
  case phantoms
}

/// Why something is not used; stable names, stored in the report.
package enum SkipReason: String, Sendable, Codable, CaseIterable {
  case notDICOM = "not-dicom"
  case unreadable
  case notAFilm = "not-a-film"
  case notASlice = "not-a-slice"
  case lateralView = "lateral-view"
  case severalFrames = "several-frames"
  /// A file with an image identifier that another file has as well.
  case repeatedFile = "repeated-file"
  case fileWithoutLabel = "file-without-label"
  case labelWithoutFile = "label-without-file"
  /// A row that names a study of which no frontal film is there.
  case noFrontalFilm = "no-frontal-film"
  case labelUnknown = "label-unknown"
  /// For lung networks: nobody drew the lungs.
  case noDrawnLungs = "no-drawn-lungs"
  case noSplit = "no-split"
  /// Left out by the recipe: another licence, folder or split.
  case notAskedFor = "not-asked-for"
  case duplicate
  case duplicateAcrossSplits = "duplicate-across-splits"
  case contradictory
  /// A segment or region of interest that is of none of the labels.
  case otherAnnotation = "annotation-of-other-label"
}

/// How often each reason occurred.
package typealias SkipCounts = [SkipReason: Int]

/// One picture of a data set, before its pixels are read. What it says is patient data.
package struct DatasetItem: Sendable {
  /// A path or an identifier, unique in its data set.
  package let id: Sensitive<String>
  /// Groups the pictures of one person; a digest where it comes from DICOM.
  package let patient: String
  /// As the list says; nil where it does not.
  package let split: String?
  /// By the names that the data set was opened with; nil where unknown. Empty for phantoms, whose
  /// labels are known when they are made.
  package let labels: [Float?]
  package let origin: String
  /// Row of the list that it was named in first.
  package let row: Int?

  package init(
    id: String, patient: String, split: String? = nil, labels: [Float?], origin: String = "",
    row: Int? = nil
  ) {
    self.id = Sensitive(id)
    self.patient = patient
    self.split = split
    self.labels = labels
    self.origin = origin
    self.row = row
  }

  func of(split: String) -> DatasetItem {
    DatasetItem(
      id: id.value, patient: patient, split: split, labels: labels, origin: origin, row: row)
  }
}

/// Labelled pictures, read one at a time.
package protocol Dataset: Sendable {
  var kind: DatasetKind { get }
  var items: [DatasetItem] { get }
  /// What the adapter left out.
  var skipped: SkipCounts { get }
  /// How the splits were made; nil where the list gives them.
  var shares: SplitShares? { get }
  /// Decodes one item. Throws `TrainingError`, `DICOMError` or `ImagingError`.
  func film(_ index: Int) throws -> Film
  /// SHA-256 over everything that decides `film(index)`: the bytes of its files, or the numbers
  /// that it is made from. Throws as `film`, for files that cannot be read.
  func contentDigest(_ index: Int) throws -> String
}

extension Dataset {
  package var shares: SplitShares? { nil }

  /// Throws `patientInTwoSplits` with the rows of every patient who turns up in a second split.
  func checkPatients() throws {
    var home: [String: String] = [:]
    var rows: [Int] = []
    for item in items {
      guard let split = item.split else { continue }
      if let known = home[item.patient], known != split {
        rows.append(item.row ?? 0)
      } else {
        home[item.patient] = split
      }
    }
    guard rows.isEmpty else { throw TrainingError(.patientInTwoSplits, rows: rows) }
  }
}

extension SkipCounts {
  mutating func add(_ reason: SkipReason, _ count: Int = 1) {
    if count > 0 { self[reason, default: 0] += count }
  }
}
