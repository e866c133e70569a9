import Foundation

/// The optional folder of real files beside the repository; tests that want it are skipped without.
enum Corpus {
  static let root: String? = {
    let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let candidates: [String?] = [
      ProcessInfo.processInfo.environment["PLEURA_CORPUS"],
      here.appendingPathComponent("../../../shared/corpus").standardized.path,
    ]
    return candidates.compactMap { $0 }.first {
      FileManager.default.fileExists(atPath: $0 + "/dicom/manifest.csv")
    }
  }()

  static let isPresent = root != nil

  /// Rows of `dicom/manifest.csv` by column name.
  static func manifest() throws -> [[String: String]] {
    guard let root else { return [] }
    let text = try String(contentsOfFile: root + "/dicom/manifest.csv", encoding: .utf8)
    var rows = records(text)
    guard !rows.isEmpty else { return [] }
    let names = rows.removeFirst()
    return rows.map { Dictionary(uniqueKeysWithValues: zip(names, $0)) }
  }

  /// Comma-separated values with quoted fields (RFC 4180).
  private static func records(_ text: String) -> [[String]] {
    var rows: [[String]] = []
    var row: [String] = []
    var field = ""
    var isQuoted = false
    for character in text {
      switch character {
      case "\"": isQuoted.toggle()
      case "," where !isQuoted:
        row.append(field)
        field = ""
      case _ where character.isNewline && !isQuoted:
        row.append(field)
        if row.count > 1 { rows.append(row) }
        row = []
        field = ""
      default: field.append(character)
      }
    }
    return rows
  }
}
