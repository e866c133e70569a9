import DICOM
import Foundation
import Imaging

/// One line of the `labels.csv` of a painted set.
struct PaintedRow {
  var file = ""
  var positive = false
  var mask = ""
  var lungMask = ""
  var side = ""
  var sizeShare = 0.0
  var kind = "control"
  var tube = false
  var sham = ""
  var study = ""
  var accession = ""
  let source: PaintingSource
  let seed: UInt64

  init(source: PaintingSource, seed: UInt64) {
    self.source = source
    self.seed = seed
  }

  mutating func describe(_ film: PaintedFilm, mask: String) {
    positive = true
    self.mask = mask
    side = film.side.rawValue
    sizeShare = film.sizeShare
    kind = film.pattern.rawValue
    tube = film.hasTube
  }

  mutating func describe(_ film: ControlFilm) { tube = film.hasTube }

  private static let columns = [
    "file", "pneumothorax", "patient_id", "split", "mask", "lung_mask", "side", "size_share",
    "kind", "edited", "tube", "source_row", "view", "sex", "age", "licence", "source_repo",
  ]

  static func header(_ options: PaintedSet.Options) -> String {
    var names = columns
    if options.shams { names.append("sham") }
    if options.format == .dicom { names += ["StudyInstanceUID", "AccessionNumber"] }
    return names.joined(separator: ",")
  }

  func text(_ options: PaintedSet.Options) -> String {
    var cells = [
      file, positive ? "1" : "0", source.patient, split, mask, lungMask, side,
      String(format: "%.4f", sizeShare), kind, "1", tube ? "1" : "0", "\(source.row)",
      source.view, source.sex, source.age, source.licence, source.repository,
    ]
    if options.shams { cells.append(sham) }
    if options.format == .dicom { cells += [study, accession] }
    return cells.map(Self.quoted).joined(separator: ",")
  }

  /// The source's part, or 70 % train, 15 % val, 15 % test by seed and patient.
  private var split: String {
    if let split = source.split { return split }
    let digest = SHA256.digest(of: Array(source.patient.utf8))
    let number = digest.prefix(6).reduce(0) { $0 << 8 | Int($1) }
    return PhantomSet.split(seed: seed, patient: number)
  }

  /// As RFC 4180 quotes a field.
  private static func quoted(_ cell: String) -> String {
    guard cell.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return cell }
    return "\"" + cell.replacingOccurrences(of: "\"", with: "\"\"") + "\""
  }

  /// A person for the DICOM object: the source's pseudonym, sex, and a year of birth by its age.
  var dicomPatient: ImageObject.Patient {
    var patient = ImageObject.Patient()
    let name = String(
      source.patient.unicodeScalars.prefix(40).map { scalar in
        scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
          ? Character(scalar) : "-"
      })
    patient.id = Sensitive("PAINTED-" + name)
    patient.name = Sensitive("Painted^" + name)
    patient.sex = Sensitive(["M", "F"].contains(source.sex) ? source.sex : "O")
    if let age = Int(source.age), (0...110).contains(age) {
      patient.birthDate = Sensitive("\(2026 - age)0101")
    }
    return patient
  }
}
