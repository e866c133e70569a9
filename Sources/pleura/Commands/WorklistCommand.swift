import ArgumentParser
import Findings
import Foundation
import Imaging
import Triage

/// `pleura worklist`: the order in which studies should be read.
struct WorklistCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worklist", abstract: "Prints the triage worklist: suspected pneumothorax first.")

  /// `RowFormat` and a page.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case table
    case csv
    case json
    case html
  }

  @OptionGroup var results: ResultOptions

  @Option(help: "table, csv, json or html (a file worklist.html in the output folder).")
  var format = Format.table
  @Option(help: ArgumentHelp("Write to this file instead of stdout.", valueName: "file"))
  var file: String?
  @Option(
    help: ArgumentHelp(
      "Studies that have waited longer go to the top group; 0 for no cap.", valueName: "hours"))
  var longestWait = 4.0

  func run() throws {
    try Failure.guarded {
      let store = try FindingsStore(path: results.store, mode: .read)
      var policy = WorklistPolicy()
      policy.longestWait = longestWait > 0 ? longestWait * 3600 : nil
      let moment = Date()
      let rows = try policy.rows(of: store, at: moment)
      switch format {
      case .table: try put(WorklistTable.short(rows).plain)
      case .csv: try put(WorklistTable.full(rows).csv)
      case .json: try put(WorklistTable.full(rows).json)
      case .html: try page(rows, at: moment)
      }
      return ExitCode.success
    }
  }

  private func put(_ text: String) throws {
    guard let file else { return print(text, terminator: "") }
    try AtomicFile.write(text, to: file)
  }

  /// Links are relative to the output folder, where the page lies unless `--file` says otherwise.
  private func page(_ rows: [WorklistRow], at moment: Date) throws {
    var page = WorklistPage()
    let target = file ?? results.output + "/worklist.html"
    if let file {
      let folder = URL(fileURLWithPath: file).deletingLastPathComponent().standardizedFileURL
      let output = URL(fileURLWithPath: results.output).standardizedFileURL
      if folder.path != output.path { page.outputPrefix = output.absoluteString }
    }
    try AtomicFile.write(page.html(rows, at: moment), to: target)
    StatusPrinter.write("wrote \(target)\n")
  }
}
