import ArgumentParser
import Foundation
import Reports

/// The flags of `pleura phantom` that write reports for films whose truth is known.
struct ReportFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write reports for the films of this table of truth, such as the labels.csv of a set:"
        + " reports.csv, and statements.csv with what each text says.", valueName: "csv"))
  var reportsFor: String?
  @Option(
    help: ArgumentHelp(
      "Share of statements that say the opposite of the truth (default 0.05).",
      valueName: "share"))
  var errorRate: Double?
  @Option(
    help: ArgumentHelp(
      "Share of statements that leave a finding open (default 0.04).", valueName: "share"))
  var doubtRate: Double?

  func validate() throws {
    guard reportsFor != nil else {
      guard errorRate == nil, doubtRate == nil else {
        throw ValidationError("--error-rate and --doubt-rate need --reports-for")
      }
      return
    }
    guard rates.error >= 0, rates.doubt >= 0, rates.error + rates.doubt <= 1 else {
      throw ValidationError("--error-rate and --doubt-rate are shares, together at most 1")
    }
  }

  private var rates: (error: Double, doubt: Double) { (errorRate ?? 0.05, doubtRate ?? 0.04) }

  /// Writes both tables into a folder and says on stdout what they hold. Throws `ReportsError`.
  func write(_ truth: String, seed: UInt64, folder: String) throws {
    var made = try MadeReports(
      CSVReader(path: truth),
      writer: ReportWriter(seed: seed, errorRate: rates.error, doubtRate: rates.doubt))
    let reports = try LabelOutput(path: folder + "/reports.csv")
    let statements = try LabelOutput(path: folder + "/statements.csv")
    try reports.write(made.reportHead)
    try statements.write(made.statementHead)
    while let row = try made.next() {
      try reports.write(row.report)
      try statements.write(row.statements)
    }
    try reports.finish()
    try statements.finish()
    print("\(made.reports) reports")
    for name in made.findings {
      guard let counts = made.counts[name] else { continue }
      print(
        "\(name): \(counts.present) present, \(counts.absent) absent; \(counts.wrong) said wrong,"
          + " \(counts.uncertain) left open, \(counts.silent) not named")
    }
  }
}
