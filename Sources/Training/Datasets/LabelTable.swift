import Foundation
import Imaging
import SwiftCSV

/// A table of labels with a header: separated by commas, or by semicolons or tabs where the header
/// holds no comma. Spaces around header and cells are dropped (the SIIM list has them), as is a
/// byte order mark. Holds patient data: never printed.
struct LabelTable: Sendable {
  struct Row: Sendable {
    /// The header being 1; a cell with a line break counts as one row.
    let number: Int
    /// As many as the header has names.
    let cells: [String]
  }

  /// The largest list that is read, in bytes.
  static let limit = 1 << 29

  let header: [String]
  let rows: [Row]
  /// SHA-256 of the file.
  let digest: String

  /// With `rowLimit`, the first rows alone: large lists take seconds.
  ///
  /// Throws `TrainingError`: `listUnreadable` for what is no such table in UTF-8, `listColumn` for
  /// a header with a name twice, `listRow` with the row that has more cells than the header.
  init(path: String, rowLimit: Int? = nil) throws {
    guard let bytes = try? AtomicFile.read(path, limit: Self.limit),
      let text = String(validating: bytes, as: UTF8.self)
    else { throw TrainingError(.listUnreadable) }
    digest = SHA256.hex(of: bytes)
    let first = text.prefix { !$0.isNewline }
    let delimiter: CSVDelimiter =
      first.contains(",") ? .comma : (first.contains(";") ? .semicolon : .tab)
    guard
      let table = try? CSV<Enumerated>(
        string: text, delimiter: delimiter, loadColumns: false, rowLimit: rowLimit)
    else { throw TrainingError(.listUnreadable) }
    let header = table.header.map(Self.trimmed)
    guard !header.isEmpty, Set(header).count == header.count else {
      throw TrainingError(.listColumn)
    }
    self.header = header
    rows = try table.rows.enumerated().compactMap { index, cells in
      guard cells.contains(where: { !$0.isEmpty }) else { return nil }
      guard cells.dropFirst(header.count).allSatisfy(\.isEmpty) else {
        throw TrainingError(.listRow, index: index + 2)
      }
      let kept = cells.prefix(header.count).map(Self.trimmed)
      let missing = header.count - kept.count
      return Row(number: index + 2, cells: kept + Array(repeating: "", count: missing))
    }
  }

  /// The first column with one of these names, whatever their case.
  func column(_ names: String...) -> Int? {
    for name in names {
      if let index = header.firstIndex(where: { $0.lowercased() == name.lowercased() }) {
        return index
      }
    }
    return nil
  }

  private static func trimmed(_ text: String) -> String {
    text.trimmingCharacters(in: .whitespaces)
  }
}

/// What a cell says of a label.
enum LabelValue {
  /// 1 or 0; nil for anything else: blank, "unknown", -1 (uncertain).
  static func parse(_ cell: String) -> Int? {
    switch cell {
    case "1", "1.0": 1
    case "0", "0.0": 0
    default: nil
    }
  }
}
