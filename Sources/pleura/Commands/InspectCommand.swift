import ArgumentParser
import DICOM
import Findings
import Foundation

/// `pleura inspect`: what files are, before anything is scored or stored.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Says of each file what it is, whether it would be scored, and why not.",
    discussion: """
      Reads headers, and hashes the bytes as `score` does; keeps no store and writes nothing. \
      Files are numbered in the order of the scan: names are patient data, --paths prints them. \
      Which of several CT series of a study is scored, and what is a duplicate, is decided by \
      `score`. Exit 3 when a file or a series is refused.
      """)

  @Argument(help: ArgumentHelp("Files, folders, DICOMDIRs.", valueName: "path"))
  var paths: [String]
  @Flag(
    help: "Build the volume of each CT series in Hounsfield units and say how its slices lie.")
  var volume = false
  @Flag(
    name: .customLong("paths"), help: "Print the path of each file, which may name patients.")
  var showsPaths = false
  @Option(help: ArgumentHelp("Workers that read (default: one a core).", valueName: "n"))
  var workers: Int?
  @Option(help: "table, csv or json.")
  var format = RowFormat.table

  func validate() throws {
    if let workers, workers < 1 { throw ValidationError("--workers is at least 1") }
  }

  func run() throws {
    try Failure.guarded {
      let reader = DCMTKReader()
      let files = try InspectedFile.all(
        below: paths, reader: reader,
        workers: workers ?? ProcessInfo.processInfo.activeProcessorCount)
      let refused = files.filter(\.isRefused)
      guard volume else {
        show(InspectedFile.table(of: files, withPaths: showsPaths))
        return refused.isEmpty ? .success : ExitStatus.finishedWithFailures
      }
      for file in refused { StatusPrinter.write(file.line + "\n") }
      let series = InspectedSeries.all(of: files.compactMap(\.slice), reader: reader)
      show(InspectedSeries.table(of: series))
      let sound = refused.isEmpty && !series.contains(where: \.isRefused)
      return sound ? .success : ExitStatus.finishedWithFailures
    }
  }

  private func show(_ table: TextTable) {
    switch format {
    case .table: print(table.plain, terminator: "")
    case .csv: print(table.csv, terminator: "")
    case .json: print(table.json, terminator: "")
    }
  }
}
