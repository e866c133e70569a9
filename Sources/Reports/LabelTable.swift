import Foundation

/// What becomes of a label that the report leaves open.
package enum UncertainPolicy: String, Sendable, CaseIterable {
  /// Written as -1; training takes neither 0 nor 1 as unknown.
  case keep
  case positive
  case negative
  /// Written as an empty cell.
  case drop
}

/// Rows labelled, and labels by finding.
package struct LabelCounts: Sendable, Equatable {
  package fileprivate(set) var rows = 0
  /// Rows without any report text.
  package fileprivate(set) var emptyReports = 0
  /// By finding, in the order of the columns; what the reports say, before the policy.
  package fileprivate(set) var labels: [[ReportLabel: Int]]

  package func count(_ finding: Int, _ label: ReportLabel?) -> Int {
    if let label { return labels[finding][label, default: 0] }
    return rows - labels[finding].values.reduce(0, +)
  }
}

/// Labels the reports of a table row by row into another table, or one JSON object a line.
package struct LabelTable {
  package struct Options: Sendable {
    /// `report` or `text` when nil.
    package var textColumn: String?
    /// Columns copied; all of `knownIDs` that are there when empty.
    package var idColumns: [String] = []
    package var uncertain = UncertainPolicy.keep
    package var json = false

    package init() {}
  }

  /// What hospitals and the training lists call the names of a film, in lower case.
  static let knownIDs: Set<String> = [
    "file", "study", "study_uid", "studyuid", "studyinstanceuid", "study_instance_uid", "study_id",
    "series", "series_uid", "seriesinstanceuid", "sop", "sop_uid", "sopinstanceuid",
    "sop_instance_uid", "accession", "accession_number", "accessionnumber", "patient",
    "patient_id", "patientid", "id", "report_id", "split",
  ]

  private var reports: CSVReader
  private var labeller: ReportLabeller
  private let options: Options
  private let text: Int
  private let ids: [Int]
  package private(set) var counts: LabelCounts

  /// Throws `columnMissing` when there is no text or no identifier, `columnTwice` when a copied
  /// column has the name of a finding.
  package init(_ reports: CSVReader, labeller: ReportLabeller, options: Options) throws {
    self.reports = reports
    self.labeller = labeller
    self.options = options
    let texts = options.textColumn.map { [$0] } ?? ["report", "text"]
    guard let text = texts.lazy.compactMap({ reports.column($0) }).first else {
      throw ReportsError(.columnMissing)
    }
    self.text = text
    ids =
      options.idColumns.isEmpty
      ? reports.header.indices.filter { Self.knownIDs.contains(reports.header[$0].lowercased()) }
      : try options.idColumns.map { name in
        guard let column = reports.column(name) else { throw ReportsError(.columnMissing) }
        return column
      }
    guard !ids.isEmpty else { throw ReportsError(.columnMissing) }
    for column in ids where labeller.findings.contains(reports.header[column]) {
      throw ReportsError(.columnTwice, row: 1, column: column + 1)
    }
    counts = LabelCounts(labels: labeller.findings.map { _ in [:] })
  }

  /// The line of column names; nothing for JSON.
  package var head: String {
    options.json
      ? "" : Self.line(ids.map { reports.header[$0] } + labeller.findings)
  }

  /// The next row as a line with its end, and its mentions; nil at the end of the table. Throws
  /// what `CSVReader.next` throws.
  package mutating func next() throws -> (line: String, mentions: [ReportMention], row: Int)? {
    guard let fields = try reports.next() else { return nil }
    let mentions = labeller.mentions(in: fields[text])
    let labels = labeller.aggregate(mentions)
    counts.rows += 1
    if fields[text].allSatisfy(\.isWhitespace) { counts.emptyReports += 1 }
    for (index, label) in labels.enumerated() {
      if let label { counts.labels[index][label, default: 0] += 1 }
    }
    let cells = labels.map(cell)
    let names = ids.map { fields[$0] }
    let line = options.json ? object(names, cells) : Self.line(names + cells)
    return (line, mentions, reports.row)
  }

  private func cell(_ label: ReportLabel?) -> String {
    switch (label, options.uncertain) {
    case (nil, _), (.uncertain, .drop): ""
    case (.uncertain, .positive): "1"
    case (.uncertain, .negative): "0"
    case (let label?, _): String(label.rawValue)
    }
  }

  private func object(_ names: [String], _ cells: [String]) -> String {
    let identity = zip(ids, names).map {
      "\(JSONText.of(reports.header[$0])):\(JSONText.of($1))"
    }
    let labels = zip(labeller.findings, cells).map {
      "\(JSONText.of($0)):\($1.isEmpty ? "null" : $1)"
    }
    return "{\"type\":\"labels\",\"row\":\(reports.row),"
      + "\"ids\":{\(identity.joined(separator: ","))},"
      + "\"labels\":{\(labels.joined(separator: ","))}}\n"
  }

  /// RFC 4180, with LF, so that a training list reads the same everywhere.
  static func line(_ cells: [String]) -> String {
    cells.map { text in
      let isSpecial = text.utf8.contains { [0x2C, 0x22, 0x0A, 0x0D].contains($0) }
      return isSpecial ? "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : text
    }.joined(separator: ",") + "\n"
  }
}

/// A text as a JSON string.
package enum JSONText {
  package static func of(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

extension ReportMention {
  /// One JSON object; lexicon phrases and places, no text of the report.
  package var json: String {
    let label = label.map { String($0.rawValue) } ?? "null"
    return "{\"finding\":\(JSONText.of(finding)),\"sentence\":\(sentence),"
      + "\"term\":\(JSONText.of(term)),\"rule\":\(JSONText.of(rule)),\"label\":\(label)}"
  }

  /// The same for people.
  package var plain: String {
    let label = label.map { "\($0)" } ?? "set aside"
    return "sentence \(sentence): \(finding) \(label), term \"\(term)\", rule \"\(rule)\""
  }
}
