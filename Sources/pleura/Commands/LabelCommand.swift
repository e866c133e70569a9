import ArgumentParser
import Foundation
import Reports

/// `pleura label`: image labels from report texts.
struct LabelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "label",
    abstract: "Labels radiology reports of a CSV for pneumothorax and nine other findings.",
    discussion: """
      English reports only; by rules, with negation and uncertainty (docs/labels.md). Writes the \
      identifier columns and one column a finding: 1 present, 0 absent, -1 uncertain, empty where \
      the report does not speak of it. Counts go to stderr. With --measure the file is a list of \
      sentences with known labels, and precision, recall and F1 come out.
      """)

  @Argument(help: ArgumentHelp("Table of reports with a header line.", valueName: "csv"))
  var reports: String
  @Option(help: ArgumentHelp("Column of the text (default: report, or text).", valueName: "name"))
  var textColumn: String?
  @Option(
    help: ArgumentHelp(
      "Column to copy; may be repeated (default: file, study, accession, SOP, patient, split).",
      valueName: "name"))
  var idColumn: [String] = []
  @Option(help: ArgumentHelp("Findings, with commas between (default: all).", valueName: "names"))
  var findings: String?
  @Option(help: "What becomes of uncertain labels: keep (-1), positive, negative or drop (empty).")
  var uncertain = UncertainPolicy.keep
  @Option(help: ArgumentHelp("Further phrases, as JSON (docs/labels.md).", valueName: "file"))
  var lexicon: String?
  @Option(help: ArgumentHelp("File to write (default: stdout).", valueName: "csv"))
  var out: String?
  @Flag(help: "One JSON object a report, or a figure, a line.")
  var json = false
  @Flag(help: "Prints each mention with its sentence number, term and rule to stdout.")
  var explain = false
  @Flag(help: "Measures the labeller on sentences with known labels.")
  var measure = false
  @Option(help: "With --measure: only this part of the list (default: each by itself).")
  var part: String?

  func validate() throws {
    if explain, !json, !measure, out == nil {
      throw ValidationError("--explain prints to stdout: give --out for the labels, or --json")
    }
    if measure, out != nil || textColumn != nil || !idColumn.isEmpty || uncertain != .keep {
      throw ValidationError("--measure goes with --findings, --lexicon, --part, --json, --explain")
    }
    if !measure, part != nil { throw ValidationError("--part goes with --measure") }
  }

  func run() throws {
    try Failure.guarded {
      var words = Lexicon.english
      if let lexicon { words = words.adding(try Lexicon.read(lexicon)) }
      let names = findings.map { list in
        list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
      }
      let labeller = try ReportLabeller(lexicon: words, findings: names)
      if measure {
        try measureSentences(labeller)
      } else {
        try label(labeller)
      }
      return ExitCode.success
    }
  }

  private func measureSentences(_ labeller: ReportLabeller) throws {
    for part in try part.map({ [$0] }) ?? SentenceMeasure.parts(of: CSVReader(path: reports)) {
      let figures = try SentenceMeasure(CSVReader(path: reports), by: labeller, part: part)
      if explain { for line in figures.differences { print(line.plain) } }
      print(json ? figures.json(part) : figures.plain(part), terminator: json ? "" : "\n")
    }
  }

  private func label(_ labeller: ReportLabeller) throws {
    var options = LabelTable.Options()
    options.textColumn = textColumn
    options.idColumns = idColumn
    options.uncertain = uncertain
    options.json = json
    var table = try LabelTable(CSVReader(path: reports), labeller: labeller, options: options)
    let output = try LabelOutput(path: out)
    try output.write(table.head)
    let explanation = try explain ? LabelOutput(path: nil) : nil
    while let row = try table.next() {
      try output.write(row.line)
      for mention in explain ? row.mentions : [] {
        try explanation?.write(
          json
            ? "{\"type\":\"mention\",\"row\":\(row.row),\"mention\":\(mention.json)}\n"
            : "row \(row.row), \(mention.plain)\n")
      }
      // Two writers on stdout: a mention follows the labels of its row.
      if explain, out == nil {
        try output.flush()
        try explanation?.flush()
      }
    }
    try output.finish()
    try explanation?.finish()
    StatusPrinter.write(counts(table.counts, labeller.findings))
  }

  private func counts(_ counts: LabelCounts, _ findings: [String]) -> String {
    if json {
      let labels = findings.enumerated().map { index, name in
        "\(JSONText.of(name)):{\"positive\":\(counts.count(index, .positive)),"
          + "\"negative\":\(counts.count(index, .negative)),"
          + "\"uncertain\":\(counts.count(index, .uncertain)),"
          + "\"notMentioned\":\(counts.count(index, nil))}"
      }
      return "{\"type\":\"counts\",\"reports\":\(counts.rows),\"empty\":\(counts.emptyReports),"
        + "\"findings\":{\(labels.joined(separator: ","))}}\n"
    }
    var text = "\(counts.rows) reports, \(counts.emptyReports) of them without text\n"
    for (index, name) in findings.enumerated() {
      text +=
        "\(name): \(counts.count(index, .positive)) positive, "
        + "\(counts.count(index, .negative)) negative, "
        + "\(counts.count(index, .uncertain)) uncertain, \(counts.count(index, nil)) not mentioned\n"
    }
    return text
  }
}

extension UncertainPolicy: ExpressibleByArgument {}
