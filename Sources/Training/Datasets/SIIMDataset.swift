import DICOM
import Imaging

/// SIIM-ACR pneumothorax (methods C.1): a tree of DICOM films and a list `ImageId, EncodedPixels`.
///
/// `ImageId` is the SOP Instance UID. Several rows of an image are one mask; `-1` is none. Films
/// without rows, as the test folder holds them, are counted.
struct SIIMDataset: Dataset {
  /// Names under which the label may be asked for.
  static let label = "pneumothorax"

  let kind = DatasetKind.siim
  let items: [DatasetItem]
  let skipped: SkipCounts
  private let films: [Instance]
  private let runs: [[RelativeRuns]]
  private let reader: DCMTKReader

  /// One image of the list.
  private struct Marks {
    var rows: [Int] = []
    var runs: [RelativeRuns] = []
    var saysNone = false
    var split: String?

    var contradicts: Bool { saysNone && !runs.isEmpty }
    var end: Int { runs.map(\.end).max() ?? 0 }
  }

  /// Throws `TrainingError`: `listColumn`, `runLength` with the row whose runs leave the film or
  /// are none, `labelsWithoutFiles` and `contradictoryLabels` with the rows as the rules say.
  init(_ request: DatasetRequest, list: String, reader: DCMTKReader) throws {
    var marks = try Self.marks(try LabelTable(path: list))
    var skipped: SkipCounts = [:]
    try Self.checkContradictions(marks, request.rules, &skipped)
    let tree = try DICOMTree(folder: request.path, reader: reader, threads: request.threads)
    skipped.merge(tree.skipped, uniquingKeysWith: +)
    var items: [DatasetItem] = []
    var films: [Instance] = []
    var runs: [[RelativeRuns]] = []
    for entry in tree.entries {
      let film = entry.instance
      guard let found = marks.removeValue(forKey: film.sopInstanceUID.value) else {
        skipped.add(entry.reason ?? .fileWithoutLabel)
        continue
      }
      if found.contradicts { continue }
      if let reason = entry.reason {
        skipped.add(reason)
        continue
      }
      guard found.end <= film.rows * film.columns else {
        throw TrainingError(.runLength, index: found.rows.first, rows: found.rows)
      }
      let label: Float = found.runs.isEmpty ? 0 : 1
      items.append(
        DatasetItem(
          id: film.sopInstanceUID.value, patient: film.patientDigest, split: found.split,
          labels: request.names.map { Self.answers($0) ? label : nil },
          origin: film.manufacturer, row: found.rows.first))
      films.append(film)
      runs.append(found.runs)
    }
    let missing = marks.filter { !$0.value.contradicts }.flatMap { $0.value.rows }.sorted()
    try request.refuseOrCount(missing, &skipped)
    (self.items, self.films, self.runs, self.skipped) = (items, films, runs, skipped)
    self.reader = reader
  }

  func film(_ index: Int) throws -> Film {
    let film = films[index]
    var mask = Mask(width: film.columns, height: film.rows)
    for part in runs[index] { part.paint(on: &mask) }
    return try film.film(as: items[index], truth: mask, reader: reader)
  }

  func contentDigest(_ index: Int) throws -> String {
    SHA256.hex(
      ofText: films[index].sha256 + "|" + runs[index].map(\.text).joined(separator: "|"))
  }

  /// A film of which one row says that nothing is there and another marks something.
  private static func checkContradictions(
    _ marks: [String: Marks], _ rules: DatasetRules, _ skipped: inout SkipCounts
  ) throws {
    let contradictory = marks.values.filter(\.contradicts)
    guard contradictory.isEmpty || rules.contradictions == .drop else {
      throw TrainingError(.contradictoryLabels, rows: contradictory.flatMap(\.rows).sorted())
    }
    skipped.add(.contradictory, contradictory.count)
  }

  private static func answers(_ name: String) -> Bool {
    name.lowercased() == label
  }

  /// By image; throws `runLength` with the row that holds no runs.
  private static func marks(_ table: LabelTable) throws -> [String: Marks] {
    guard let image = table.column("ImageId"), let pixels = table.column("EncodedPixels") else {
      throw TrainingError(.listColumn)
    }
    let split = table.column("split")
    var marks: [String: Marks] = [:]
    for row in table.rows {
      guard let runs = RelativeRuns(row.cells[pixels]) else {
        throw TrainingError(.runLength, index: row.number, rows: [row.number])
      }
      guard !row.cells[image].isEmpty else { throw TrainingError(.listRow, index: row.number) }
      var found = marks[row.cells[image]] ?? Marks()
      found.rows.append(row.number)
      if runs.pairs.isEmpty { found.saysNone = true } else { found.runs.append(runs) }
      if let split, !row.cells[split].isEmpty { found.split = row.cells[split] }
      marks[row.cells[image]] = found
    }
    return marks
  }
}
