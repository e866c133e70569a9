/// Writes reports for films whose truth is known, row by row: what the archive of a made hospital
/// holds, and beside it what each text says against the truth.
///
/// Findings of the truth table get the truth or, at the rates of the writer, its opposite or
/// doubt. The other findings of the lexicon are made up, so that the reports speak of more than
/// one thing; no film shows them.
package struct MadeReports {
  /// How often a finding that the table does not know is made up as present.
  package static let otherShare = 0.12

  /// Statements of one finding of the table.
  package struct Counts: Sendable, Equatable {
    package fileprivate(set) var present = 0
    package fileprivate(set) var absent = 0
    /// The text says the opposite.
    package fileprivate(set) var wrong = 0
    package fileprivate(set) var uncertain = 0
    /// The text does not speak of it.
    package fileprivate(set) var silent = 0
  }

  private var truth: CSVReader
  private let writer: ReportWriter
  private let ids: [Int]
  private let columns: [(name: String, place: Int)]
  private let side: Int?
  private let share: Int?
  private var index = 0
  package private(set) var counts: [String: Counts] = [:]

  /// The findings of the table, in the order of the lexicon.
  package var findings: [String] { columns.map(\.name) }
  package var reports: Int { index }

  /// - Parameter truth: identifiers of the films under the names that `LabelTable` knows, a column
  ///   a finding (1, 0, or empty where nobody knows), and where present `side` (left, right) and
  ///   `size_share` (of the lung field, 0...1), which the words follow.
  /// Throws `columnMissing` without an identifier or a finding.
  package init(_ truth: CSVReader, writer: ReportWriter) throws {
    self.truth = truth
    self.writer = writer
    let known = truth.header.indices.filter {
      LabelTable.knownIDs.contains(truth.header[$0].lowercased())
    }
    // An archive does not know the names that our files have; a list of pictures knows no other.
    let named = known.filter { Self.namesFilm(truth.header[$0].lowercased()) }
    ids = named.isEmpty ? known : known.filter { truth.header[$0].lowercased() != "file" }
    columns = Lexicon.order.compactMap { name in truth.column(name).map { (name, $0) } }
    guard !ids.isEmpty, !columns.isEmpty else { throw ReportsError(.columnMissing) }
    side = truth.column("side")
    share = truth.column("size_share")
    for (name, _) in columns { counts[name] = Counts() }
  }

  /// Whether a column names a film or its study, as DICOM does.
  private static func namesFilm(_ column: String) -> Bool {
    ["study", "sop", "accession"].contains(where: column.hasPrefix)
  }

  /// The header of the reports: identifiers and `report`.
  package var reportHead: String { LabelTable.line(names + ["report"]) }
  /// The header of the statements: identifiers, `finding`, `truth`, `stated`.
  package var statementHead: String {
    LabelTable.line(names + ["finding", "truth", "stated"])
  }

  private var names: [String] { ids.map { truth.header[$0] } }

  /// The next report as a line with its end, and a line for each finding that the table knows of
  /// this film; nil at the end. Throws what `CSVReader.next` throws, and `labelValue`.
  package mutating func next() throws -> (report: String, statements: String)? {
    guard let fields = try truth.next() else { return nil }
    var random = ReportRandom(seed: writer.seed ^ 0x07E5, index: index)
    var known: [WrittenFinding] = []
    var all: [WrittenFinding] = []
    for name in Lexicon.order {
      let made = Self.made(name, &random)
      guard let column = columns.first(where: { $0.name == name }) else {
        all.append(made)
        continue
      }
      guard let finding = try finding(name, column.place, fields, like: made) else { continue }
      known.append(finding)
      all.append(finding)
    }
    let report = writer.report(index: index, findings: all)
    index += 1
    let cells = ids.map { fields[$0] }
    let statements = known.map { finding in
      count(finding, report)
      let stated = report.stated[finding.name].map { "\($0.rawValue)" } ?? ""
      return LabelTable.line(cells + [finding.name, finding.isPresent ? "1" : "0", stated])
    }
    return (LabelTable.line(cells + [report.text]), statements.joined())
  }

  /// A finding that no film shows, or the side and size of one whose table is silent on them.
  private static func made(_ name: String, _ random: inout ReportRandom) -> WrittenFinding {
    let isPresent = random.chance(otherShare)
    let side = ReportSide.allCases[Int(random.uniform() * 3)]
    return WrittenFinding(
      name, isPresent: isPresent, side: side,
      size: ReportSize.allCases[Int(random.uniform() * 3)])
  }

  /// nil where the table does not say.
  private func finding(
    _ name: String, _ place: Int, _ fields: [String], like made: WrittenFinding
  ) throws -> WrittenFinding? {
    guard !fields[place].isEmpty else { return nil }
    guard ["0", "1"].contains(fields[place]) else {
      throw ReportsError(.labelValue, row: truth.row, column: place + 1)
    }
    var finding = made
    finding.isPresent = fields[place] == "1"
    if let side, let said = ReportSide(rawValue: fields[side]) { finding.side = said }
    if let share, let said = Double(fields[share]), said > 0 {
      finding.size = said < 0.1 ? .small : said < 0.3 ? .moderate : .large
    }
    return finding
  }

  private mutating func count(_ finding: WrittenFinding, _ report: WrittenReport) {
    var counts = counts[finding.name] ?? Counts()
    if finding.isPresent { counts.present += 1 } else { counts.absent += 1 }
    if report.wrong.contains(finding.name) { counts.wrong += 1 }
    switch report.stated[finding.name] {
    case .uncertain: counts.uncertain += 1
    case nil: counts.silent += 1
    case .positive, .negative: break
    }
    self.counts[finding.name] = counts
  }
}
