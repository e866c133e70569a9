import Foundation

/// One line of a list of pictures.
package struct PictureRow: Sendable, Hashable {
  /// Relative to the folder of the list.
  package let file: String
  /// By column or finding; nil where the list says neither 0 nor 1.
  package let labels: [String: Int?]
  /// The lesion of the first label, drawn.
  package let lesionMaskFile: String?
  /// The lungs, drawn.
  package let lungMaskFile: String?
  package let patient: String
  package let split: String?
  package let licence: String?
  /// Where the picture came from; metrics are also given over pairs of one source.
  package let source: String?
  /// Line of the list, the header being 1.
  package let line: Int
  /// Every cell as it stands, by column.
  package let cells: [String: String]
}

/// A comma-separated list of pictures with labels: columns `file`, one column a label (0, 1, or
/// anything else for unknown), and where present `findings` (names joined by `|`), `split`,
/// `mask` (the lesion of the first label), `<label>_mask` for each label with masks of its own,
/// `lung_mask`, `patient_id` or `patient`, `licence`, `source_repo`.
package struct PictureList: Sendable {
  package let folder: String
  package let rows: [PictureRow]
  /// Whether lesions are drawn: negatives without a mask file then have an empty truth.
  package let drawsLesions: Bool
  package let columns: Set<String>

  /// SHA-256 of the list.
  let digest: String

  /// Throws `listUnreadable`, `listColumn` when there is no `file` column, `listRow` with the row
  /// that names no file.
  package init(path: String) throws {
    folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let table = try LabelTable(path: path)
    guard table.header.contains("file") else { throw TrainingError(.listColumn) }
    drawsLesions = table.header.contains("mask")
    columns = Set(table.header)
    digest = table.digest
    rows = try table.rows.map { row in
      let cells = Dictionary(
        zip(table.header, row.cells), uniquingKeysWith: { first, _ in first })
      guard cells["file"] != "" else { throw TrainingError(.listRow, index: row.number) }
      return Self.row(cells, line: row.number)
    }
  }

  private static func row(_ cells: [String: String], line: Int) -> PictureRow {
    func cell(_ names: String...) -> String? {
      names.lazy.compactMap { cells[$0] }.first { !$0.isEmpty }
    }
    var labels: [String: Int?] = [:]
    if let findings = cell("findings") {
      labels["findings"] = 1
      for name in findings.split(separator: "|") { labels[name.lowercased()] = 1 }
    }
    for (name, value) in cells where !structural.contains(name) {
      labels.updateValue(LabelValue.parse(value), forKey: name)
    }
    let file = cells["file"] ?? ""
    return PictureRow(
      file: file, labels: labels, lesionMaskFile: cell("mask"), lungMaskFile: cell("lung_mask"),
      patient: cell("patient_id", "patient") ?? file, split: cell("split"),
      licence: cell("licence"), source: cell("source_repo", "source"), line: line,
      cells: cells)
  }

  /// Columns that are no labels.
  static let structural: Set<String> = [
    "file", "findings", "split", "lung_mask", "mask", "patient_id", "patient", "licence", "note",
    "source_repo", "source", "age", "sex", "view",
  ]

  /// The column of the masks of a label.
  static func maskColumn(_ label: String) -> String { label + "_mask" }

  /// Throws `patientInTwoSplits` with the line where a patient turns up in a second split.
  package func checkPatients() throws {
    var home: [String: String] = [:]
    for row in rows {
      guard let split = row.split else { continue }
      if let known = home[row.patient], known != split {
        throw TrainingError(.patientInTwoSplits, index: row.line)
      }
      home[row.patient] = split
    }
  }
}

extension PictureRow {
  /// The mask of a label in its own column; nil for an empty cell or without one.
  func maskFile(_ label: String) -> String? {
    cells[PictureList.maskColumn(label)].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Whether it says 1 or 0 of any of these labels.
  func knows(_ names: [String]) -> Bool { names.contains { label($0) != nil } }

  /// 1, 0, or nil when the list does not say. A name that only the findings column carries is 0
  /// where findings are given and do not hold it; a column of that name goes before findings.
  package func label(_ name: String) -> Int? {
    if let value = labels[name] ?? labels[name.lowercased()] { return value }
    return labels["findings"] != nil ? 0 : nil
  }
}
