import Foundation
import Imaging

/// The rows of a list that an evaluation uses, checked before anything is computed.
struct EvaluationSet: Sendable {
  let films: FilmSource
  /// By film; nil for phantoms.
  let rows: [PictureRow]?
  let skipped: SkippedRows?
  /// Columns that make strata, in the order they are reported.
  let strata: [String]

  /// Columns that make strata where nobody names any.
  static let usualStrata = ["view", "sex", "age", "device"]
  /// Columns whose values may tell who a patient is, or are no property of one.
  private static let barred: Set<String> = [
    "file", "patient_id", "patient", "mask", "lung_mask", "note",
  ]

  /// - Parameters:
  ///   - label: column of that name, else the column `label`, else a name in `findings`.
  ///   - strata: columns asked for; nil takes the usual ones that the list has.
  /// Throws `TrainingError`: `listColumn` and `columnBarred` naming a column that is missing or may
  /// not be a stratum, `fileMissing` and `contradictoryLabels` naming row and column, and as `FilmSource`.
  init(
    _ source: Recipe.Source, label: String, corpusRoot: String?, strata asked: [String]?,
    needs: FilmSource.Needs
  ) throws {
    guard source.kind == .pictures else {
      if let column = asked?.first { throw TrainingError(.listColumn, column: column) }
      films = try FilmSource(source, names: [label], corpusRoot: nil, needs: needs)
      (rows, skipped, strata) = (nil, nil, [])
      return
    }
    guard let corpusRoot else { throw TrainingError(.noSamples) }
    let list = try PictureList(path: corpusRoot + "/" + (source.list ?? ""))
    try list.checkPatients()
    let column = try Self.labelColumn(label, of: list)
    if source.split != nil, !list.columns.contains("split") {
      throw TrainingError(.listColumn, column: "split")
    }
    strata = try Self.strata(asked, of: list)
    let (chosen, skipped) = try Self.choose(list.rows, source, column)
    try Self.checkFiles(chosen, folder: list.folder)
    films = FilmSource(chosen, of: list, names: [column], needs: needs)
    (rows, self.skipped) = (chosen, skipped)
  }

  private static func labelColumn(_ label: String, of list: PictureList) throws -> String {
    if list.columns.contains(label) { return label }
    if list.columns.contains("label") { return "label" }
    guard list.columns.contains("findings") || list.columns.contains(label.lowercased()) else {
      throw TrainingError(.listColumn, column: label)
    }
    return label
  }

  private static func strata(_ asked: [String]?, of list: PictureList) throws -> [String] {
    guard let asked else { return usualStrata.filter(list.columns.contains) }
    for column in asked {
      guard !barred.contains(column) else { throw TrainingError(.columnBarred, column: column) }
      guard list.columns.contains(column) else {
        throw TrainingError(.listColumn, column: column)
      }
    }
    return asked
  }

  private static func choose(
    _ rows: [PictureRow], _ source: Recipe.Source, _ column: String
  ) throws -> ([PictureRow], SkippedRows) {
    var skipped = SkippedRows(rows: rows.count)
    var known: [String: Int] = [:]
    var chosen: [PictureRow] = []
    for row in rows {
      guard source.takes(row) else {
        skipped.notAskedFor += 1
        continue
      }
      guard let label = row.label(column) else {
        skipped.labelUnknown += 1
        continue
      }
      if let before = known[row.file] {
        guard before == label else {
          throw TrainingError(.contradictoryLabels, index: row.line, column: column)
        }
        skipped.duplicateFile += 1
        continue
      }
      known[row.file] = label
      chosen.append(row)
    }
    return (chosen, skipped)
  }

  private static func checkFiles(_ rows: [PictureRow], folder: String) throws {
    for row in rows {
      let files = [
        ("file", row.file), ("mask", row.lesionMaskFile), ("lung_mask", row.lungMaskFile),
      ]
      for (column, file) in files {
        guard let file else { continue }
        guard !file.isEmpty, FileManager.default.fileExists(atPath: folder + "/" + file) else {
          throw TrainingError(.fileMissing, index: row.line, column: column)
        }
      }
    }
  }
}

/// Rows of a list that took no part, and why.
package struct SkippedRows: Sendable, Codable, Hashable {
  /// All rows of the list.
  package let rows: Int
  /// Of another split, licence or prefix than asked for.
  package var notAskedFor = 0
  /// The label is neither 0 nor 1.
  package var labelUnknown = 0
  /// The file stood there before, with the same label.
  package var duplicateFile = 0

  package init(rows: Int) { self.rows = rows }
}
