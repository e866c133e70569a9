import Foundation

/// Figures over a part of the set.
package struct Stratum: Sendable, Encodable {
  /// The column, or "lesion size".
  package let column: String
  package let value: String
  package let n: Int
  package let positives: Int
  /// nil with fewer than `Strata.least` positives or negatives; `note` says so.
  package let auroc: Estimate?
  /// Over positives with a drawn lesion (of `drawn` many): Dice as `MapReport.dice.positivesOnly`,
  /// and the hit rate; nil with fewer than `Strata.least` of them.
  package let drawn: Int
  package let dice: Estimate?
  package let hit: Estimate?
  package let note: String?

  private enum Key: String, CodingKey {
    case column, value, n, positives, auroc, drawn, dice, hit, note
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(column, forKey: .column)
    try container.encode(value, forKey: .value)
    try container.encode(n, forKey: .n)
    try container.encode(positives, forKey: .positives)
    try container.encode(auroc, forKey: .auroc)
    try container.encode(drawn, forKey: .drawn)
    try container.encode(dice, forKey: .dice)
    try container.encode(hit, forKey: .hit)
    try container.encode(note, forKey: .note)
  }
}

/// Cuts a set by lesion size and by columns of its list.
package struct Strata: Sendable {
  /// Fewer positives or negatives than this give no figure.
  static let least = 5
  /// Values of one column beyond the most frequent so many are put together.
  static let mostValues = 12
  static let sizeColumn = "lesion size"

  let rows: [PictureRow]?
  let columns: [String]
  let options: Evaluation.Options

  func report(_ items: [FilmResult]) -> [Stratum] {
    bySize(items) + columns.flatMap { byColumn($0, items) }
  }

  /// Share of the lung field; the positives of one size are set against all negatives.
  private func bySize(_ items: [FilmResult]) -> [Stratum] {
    let lesions = items.filter { ($0.drawn?.overlap.allEmpty.truth ?? 0) > 0 }
    guard !lesions.isEmpty else { return [] }
    let negatives = items.filter { $0.label == 0 }
    let groups = Dictionary(grouping: lesions) { Self.size($0.drawn?.lesionShare) }
    return groups.sorted { $0.key < $1.key }.map { key, members in
      stratum(Self.sizeColumn, Self.sizes[key], members.filter { $0.label == 1 } + negatives)
    }
  }

  package static let sizes = ["under 1 %", "1 to 5 %", "over 5 %", "unknown (no lungs)"]

  /// Index into `sizes` of a share of the lung field.
  package static func size(_ share: Double?) -> Int {
    guard let share else { return 3 }
    return share < 0.01 ? 0 : share <= 0.05 ? 1 : 2
  }

  private func byColumn(_ column: String, _ items: [FilmResult]) -> [Stratum] {
    guard let rows else { return [] }
    func value(_ item: FilmResult) -> String {
      let cell = (rows[item.item].cells[column] ?? "").trimmingCharacters(in: .whitespaces)
      return column == "age" ? Self.ageBand(cell) : cell.isEmpty ? "unknown" : cell
    }
    var groups = Dictionary(grouping: items, by: value)
    if groups.count > Self.mostValues {
      let rare = groups.sorted { ($0.value.count, $1.key) > ($1.value.count, $0.key) }
        .dropFirst(Self.mostValues - 1)
      let rest = rare.flatMap(\.value).sorted { $0.item < $1.item }
      for (key, _) in rare { groups[key] = nil }
      groups["other values (\(rare.count))"] = rest
    }
    return groups.sorted { $0.key < $1.key }.map { stratum(column, $0.key, $0.value) }
  }

  /// 0-17, 18-39, 40-64, 65+ years, of whole numbers or DICOM ages ("060Y", "011M").
  package static func ageBand(_ cell: String) -> String {
    let digits = cell.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let number = Double(digits), number >= 0, number <= 150 || cell.hasSuffix("D") else {
      return "unknown"
    }
    let years: Double
    switch cell.dropFirst(digits.count).uppercased() {
    case "", "Y": years = number
    case "M": years = number / 12
    case "W": years = number / 52
    case "D": years = number / 365
    default: return "unknown"
    }
    return years < 18 ? "0-17" : years < 40 ? "18-39" : years < 65 ? "40-64" : "65+"
  }

  private func stratum(_ column: String, _ value: String, _ items: [FilmResult]) -> Stratum {
    let positives = items.filter { $0.label == 1 }.count
    let negatives = items.count - positives
    let drawn = items.filter { ($0.drawn?.overlap.allEmpty.truth ?? 0) > 0 }
    let patients = options.bootstrap(drawn.map(\.patient))
    var notes: [String] = []
    if positives < Self.least { notes.append("fewer than \(Self.least) positives") }
    if negatives < Self.least { notes.append("fewer than \(Self.least) negatives") }
    let enough = drawn.count >= Self.least
    return Stratum(
      column: column, value: value, n: items.count, positives: positives,
      auroc: notes.isEmpty
        ? Ranking.auroc(scores: items.map(\.probability), truth: items.map(\.label)) : nil,
      drawn: drawn.count,
      dice: enough
        ? patients.mean(drawn.map { $0.drawn?.overlap.model.dice ?? 0 }) : nil,
      hit: enough ? patients.share(drawn.map { $0.drawn?.hit ?? false }) : nil,
      note: notes.isEmpty ? nil : notes.joined(separator: ", "))
  }
}
