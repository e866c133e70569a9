/// A proportion with its Wilson score interval at 95 % (Wilson 1927).
package struct Proportion: Sendable, Equatable, Codable {
  package let value: Double
  package let lower: Double
  package let upper: Double

  /// nil when `total` is 0.
  package init?(_ successes: Int, of total: Int) {
    guard total > 0 else { return nil }
    let z = 1.959963984540054
    let (n, p) = (Double(total), Double(successes) / Double(total))
    let centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    self.init(value: p, lower: max(0, centre - half), upper: min(1, centre + half))
  }

  private init(value: Double, lower: Double, upper: Double) {
    self.value = value
    self.lower = lower
    self.upper = upper
  }

  /// F1 of a Jaccard index: 2 J / (1 + J), which is monotone, so that the interval goes with it.
  var f1: Proportion {
    func map(_ jaccard: Double) -> Double { 2 * jaccard / (1 + jaccard) }
    return Proportion(value: map(value), lower: map(lower), upper: map(upper))
  }
}

/// What a labeller is worth on sentences with known labels.
///
/// A cell is one finding in one sentence. For a class (positive, negative or uncertain) a cell is
/// hit when truth and labeller both give the class, missed when only the truth does, false when
/// only the labeller does; a mention that is not found counts as missed.
package struct SentenceMeasure: Sendable {
  package struct Score: Sendable, Equatable {
    package var hits = 0
    package var missed = 0
    package var wrong = 0

    package init(hits: Int = 0, missed: Int = 0, wrong: Int = 0) {
      self.hits = hits
      self.missed = missed
      self.wrong = wrong
    }

    package var precision: Proportion? { Proportion(hits, of: hits + wrong) }
    package var recall: Proportion? { Proportion(hits, of: hits + missed) }
    /// The Wilson interval of hits / (hits + missed + wrong), mapped.
    package var f1: Proportion? { Proportion(hits, of: hits + missed + wrong)?.f1 }

    static func + (_ one: Score, _ other: Score) -> Score {
      Score(
        hits: one.hits + other.hits, missed: one.missed + other.missed,
        wrong: one.wrong + other.wrong)
    }
  }

  /// A cell where truth and labeller differ, by the number of the sentence in the list.
  package struct Difference: Sendable, Equatable {
    package let id: String
    package let finding: String
    package let truth: ReportLabel?
    package let label: ReportLabel?
    /// The rules of the mentions found.
    package let rules: [String]
  }

  package let findings: [String]
  package private(set) var sentences = 0
  package private(set) var differences: [Difference] = []
  private var scores: [String: [ReportLabel: Score]] = [:]

  package func score(_ finding: String, _ label: ReportLabel) -> Score {
    scores[finding]?[label] ?? Score()
  }

  /// All findings together.
  package func pooled(_ label: ReportLabel) -> Score {
    findings.reduce(Score()) { $0 + score($1, label) }
  }

  /// Reads a list with the columns `id`, `part`, `text` and one a finding (1, 0, u or empty) and
  /// labels the sentences of a part, or all. Throws `columnMissing`, `labelValue` and what
  /// `CSVReader` throws.
  package init(
    _ list: CSVReader, by labeller: ReportLabeller, part: String? = nil
  ) throws {
    var (list, labeller) = (list, labeller)
    findings = labeller.findings
    guard let id = list.column("id"), let text = list.column("text"),
      let partColumn = list.column("part")
    else { throw ReportsError(.columnMissing) }
    let columns = try findings.map { name in
      guard let column = list.column(name) else { throw ReportsError(.columnMissing) }
      return column
    }
    while let fields = try list.next() {
      if let part, fields[partColumn] != part { continue }
      sentences += 1
      let mentions = labeller.mentions(in: fields[text])
      let labels = labeller.aggregate(mentions)
      for (index, finding) in findings.enumerated() {
        let truth = try Self.truth(fields[columns[index]], row: list.row, column: columns[index])
        count(finding, truth: truth, label: labels[index])
        if truth != labels[index] {
          differences.append(
            Difference(
              id: fields[id], finding: finding, truth: truth, label: labels[index],
              rules: mentions.filter { $0.finding == finding }.map { "\($0.term) [\($0.rule)]" }))
        }
      }
    }
  }

  /// The parts of a list in the order in which they first come. Throws `columnMissing` and what
  /// `CSVReader` throws.
  package static func parts(of list: CSVReader) throws -> [String] {
    var list = list
    guard let column = list.column("part") else { throw ReportsError(.columnMissing) }
    var parts: [String] = []
    while let fields = try list.next() {
      if !parts.contains(fields[column]) { parts.append(fields[column]) }
    }
    return parts
  }

  private static func truth(_ cell: String, row: Int, column: Int) throws -> ReportLabel? {
    switch cell {
    case "1": .positive
    case "0": .negative
    case "u", "-1": .uncertain
    case "": nil
    default: throw ReportsError(.labelValue, row: row, column: column + 1)
    }
  }

  private mutating func count(_ finding: String, truth: ReportLabel?, label: ReportLabel?) {
    if let truth, truth == label {
      scores[finding, default: [:]][truth, default: Score()].hits += 1
      return
    }
    if let truth { scores[finding, default: [:]][truth, default: Score()].missed += 1 }
    if let label { scores[finding, default: [:]][label, default: Score()].wrong += 1 }
  }
}
