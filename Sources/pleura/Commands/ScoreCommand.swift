import ArgumentParser
import DICOM
import Findings
import Foundation
import Intake
import Pipelines

/// `pleura score`: a batch of files, folders and DICOMDIRs.
struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Scores studies into the store and writes their DICOM objects.",
    discussion: """
      What was scored before with the same bytes and models is not scored again, so the same \
      command after a stop goes on. Exit 3 when files could not be used: they are listed at the end.
      """)

  @Argument(help: ArgumentHelp("Files, folders, DICOMDIRs.", valueName: "path"))
  var paths: [String]
  @OptionGroup var results: ResultOptions
  @OptionGroup var models: ModelOptions
  @OptionGroup var series: SeriesFlags
  @OptionGroup var intake: IntakeFlags
  @Flag(help: "Try studies again that failed before.")
  var retryFailed = false
  @Flag(help: "Status as JSON, one object a line.")
  var json = false

  func run() throws {
    try Failure.guarded {
      let run = try ScoringRun(
        results: results, models: models, series: series, intake: intake, json: json)
      if retryFailed { _ = try run.store.retryFailed() }
      return try run.batch(paths)
    }
  }
}

/// `pleura watch`: files as they arrive.
struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Scores studies as their files arrive in a folder, until stopped.",
    discussion: """
      A file is taken when it is closed or renamed in, or when its size is stable. A study is \
      scored when it is quiet, or when its expected number of instances is there; a radiograph of \
      one file goes through at once. SIGTERM and SIGINT drain; SIGUSR1 prints the status.
      """)

  @Argument(help: ArgumentHelp("The folder to watch.", valueName: "inbox"))
  var inbox: String
  @OptionGroup var results: ResultOptions
  @OptionGroup var models: ModelOptions
  @OptionGroup var series: SeriesFlags
  @OptionGroup var intake: IntakeFlags
  @Option(
    help: ArgumentHelp("A study is complete when quiet for this long.", valueName: "seconds"))
  var quiet = 10.0
  @Option(help: ArgumentHelp("The whole inbox is scanned this often.", valueName: "seconds"))
  var rescan = 30.0
  @Flag(help: "Do not use inotify: for network file systems.")
  var noInotify = false
  @Flag(help: "Status as JSON, one object a line.")
  var json = false

  func validate() throws {
    guard quiet >= 0, rescan > 0 else { throw ValidationError("seconds are positive") }
  }

  func run() throws {
    try Failure.guarded {
      var timing = IntakeTiming()
      timing.quiet = quiet
      timing.rescan = rescan
      timing.usesInotify = !noInotify
      let run = try ScoringRun(
        results: results, models: models, series: series, intake: intake, timing: timing, json: json
      )
      return try run.watch(inbox)
    }
  }
}
