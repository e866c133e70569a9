import DICOM
import Imaging

/// The hospital's own case: a folder of DICOM films and a list of labels by image, study or
/// accession number.
///
/// Columns, by these names or the DICOM keywords, whatever their case: `sop` (SOPInstanceUID),
/// `study` (StudyInstanceUID), `accession` (AccessionNumber), at least one of them; `split` and
/// `patient` (PatientID) where present; one column a label: 1, 0, anything else unknown. A label
/// of a study is that of each of its frontal films. Lateral films are counted, not used.
///
/// Segmentations and RT Structure Sets in the folder are the outlines of experts: the films that they
/// mark have a truth for each label that they outline, and an empty one for each label that the list
/// says is absent. With `hounsfield`, items are CT slices instead of films.
struct DICOMDataset: Dataset {
  let kind = DatasetKind.dicom
  let items: [DatasetItem]
  let skipped: SkipCounts
  private let films: [Instance]
  private let reader: DCMTKReader
  private let annotations: AnnotationTable
  private let isTomograph: Bool

  static let identifiers = [
    "sop", "SOPInstanceUID", "study", "StudyInstanceUID", "accession", "AccessionNumber",
  ]

  /// What rows say of one film.
  private struct Said {
    var rows: [Int] = []
    var labels: [Float?]
    var split: String?
    var patient: String?
    var contradicts = false

    /// Throws `patientInTwoSplits` with the rows of one film in two splits.
    mutating func add(_ row: Row) throws {
      rows.append(row.number)
      for (index, label) in row.labels.enumerated() {
        guard let label else { continue }
        if let known = labels[index], known != label { contradicts = true }
        labels[index] = label
      }
      if let split, let other = row.split, split != other {
        throw TrainingError(.patientInTwoSplits, rows: rows)
      }
      split = split ?? row.split
      patient = patient ?? row.patient
    }
  }

  private struct Row {
    let number: Int
    /// `sop`, `study` or `accession` with the value: the finest that the row gives.
    let key: String
    let labels: [Float?]
    let split: String?
    let patient: String?
  }

  /// Throws `TrainingError`: `listColumn` without an identifier or the first label, `listRow` for
  /// a row without an identifier, `labelsWithoutFiles` and `contradictoryLabels` by the rules.
  /// `AnnotationError` for outlines that cannot be used.
  init(_ request: DatasetRequest, list: String, reader: DCMTKReader) throws {
    let rows = try Self.rows(try LabelTable(path: list), names: request.names)
    isTomograph = request.needs.hounsfield
    let tree = try DICOMTree(
      folder: request.path, reader: reader, threads: request.threads,
      takes: isTomograph ? .slices : .films)
    annotations = try AnnotationTable(
      tree, names: request.names, concepts: request.concepts, reader: reader,
      threads: request.threads)
    var skipped = tree.skipped
    var byKey: [String: [Int]] = [:]
    for (index, entry) in tree.entries.enumerated() {
      for key in Self.keys(entry.instance) { byKey[key, default: []].append(index) }
    }
    var said: [Int: Said] = [:]
    var missing: [Int] = []
    for row in rows {
      guard let named = byKey[row.key] else {
        missing.append(row.number)
        continue
      }
      let frontal = named.filter { tree.entries[$0].reason == nil }
      if frontal.isEmpty { skipped.add(.noFrontalFilm) }
      for index in frontal {
        var one = said[index] ?? Said(labels: row.labels.map { _ in nil })
        try one.add(row)
        said[index] = one
      }
    }
    try request.refuseOrCount(missing, &skipped)
    skipped.add(.otherAnnotation, annotations.others)
    for (index, one) in said
    where annotations.contradict(one.labels, of: tree.entries[index].instance) {
      said[index]?.contradicts = true
    }
    let opposed = said.values.filter(\.contradicts).flatMap(\.rows)
    guard opposed.isEmpty || request.rules.contradictions == .drop else {
      throw TrainingError(.contradictoryLabels, rows: Set(opposed).sorted())
    }
    (items, films) = Self.items(tree.entries, said, &skipped)
    self.skipped = skipped
    self.reader = reader
  }

  func film(_ index: Int) throws -> Film {
    let (film, item) = (films[index], items[index])
    return Film(
      image: isTomograph
        ? try reader.hounsfield(of: film) : try reader.density(of: film),
      truths: annotations.truths(of: film, labels: item.labels), lungs: nil, leftLung: nil,
      rightLung: nil, labels: item.labels, patient: item.patient, origin: item.origin)
  }

  func contentDigest(_ index: Int) throws -> String {
    let film = films[index]
    guard let marks = annotations.digests[film.sopInstanceUID] else { return film.sha256 }
    let labels = items[index].labels.map { $0.map { "\(Int($0))" } ?? "-" }
    return SHA256.hex(ofText: ([film.sha256] + marks + labels).joined(separator: "|"))
  }

  private static func items(
    _ entries: [DICOMTree.Entry], _ said: [Int: Said], _ skipped: inout SkipCounts
  ) -> ([DatasetItem], [Instance]) {
    var items: [DatasetItem] = []
    var films: [Instance] = []
    for (index, entry) in entries.enumerated() {
      guard let one = said[index] else {
        if DCMTKReader.isAnnotation(entry.instance) { continue }
        skipped.add(entry.reason ?? .fileWithoutLabel)
        continue
      }
      guard !one.contradicts else {
        skipped.add(.contradictory)
        continue
      }
      let film = entry.instance
      let patient = one.patient.map { String(SHA256.hex(ofText: "patient " + $0).prefix(24)) }
      items.append(
        DatasetItem(
          id: film.sopInstanceUID.value, patient: patient ?? film.patientDigest,
          split: one.split, labels: one.labels, origin: film.manufacturer, row: one.rows.first))
      films.append(film)
    }
    return (items, films)
  }

  private static func keys(_ film: Instance) -> [String] {
    let accession = film.accessionNumber.value
    return ["sop " + film.sopInstanceUID.value, "study " + film.studyInstanceUID.value]
      + (accession.isEmpty ? [] : ["accession " + accession])
  }

  private static func rows(_ table: LabelTable, names: [String]) throws -> [Row] {
    let places = [
      ("sop", table.column("sop", "SOPInstanceUID")),
      ("study", table.column("study", "StudyInstanceUID")),
      ("accession", table.column("accession", "AccessionNumber")),
    ].compactMap { name, column in column.map { (name, $0) } }
    let columns = names.map { table.column($0) }
    guard !places.isEmpty, let first = columns.first, first != nil else {
      throw TrainingError(.listColumn)
    }
    let split = table.column("split")
    let patient = table.column("patient", "patient_id", "PatientID")
    return try table.rows.map { row in
      guard let place = places.first(where: { !row.cells[$0.1].isEmpty }) else {
        throw TrainingError(.listRow, index: row.number)
      }
      func cell(_ column: Int?) -> String? {
        column.map { row.cells[$0] }.flatMap { $0.isEmpty ? nil : $0 }
      }
      return Row(
        number: row.number, key: place.0 + " " + row.cells[place.1],
        labels: columns.map { cell($0).flatMap(LabelValue.parse).map(Float.init) },
        split: cell(split), patient: cell(patient))
    }
  }
}
