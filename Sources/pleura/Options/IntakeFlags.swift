import ArgumentParser
import Intake

/// What becomes of source files: the same flags on `score` and `watch`.
struct IntakeFlags: ParsableArguments {
  @Option(
    help: "What is done with a file once its study is scored: keep, move (to done/) or delete.")
  var after = IntakeOptions.After.keep
  @Option(help: "How a file that cannot be used gets to quarantine/: link or move.")
  var quarantine = Quarantine.Mode.link
  @Option(help: ArgumentHelp("Workers that score (default: one a core).", valueName: "n"))
  var workers: Int?

  func validate() throws {
    if let workers, workers < 1 { throw ValidationError("--workers is at least 1") }
  }
}

/// When a file and a study count as complete.
struct IntakeTiming {
  var quiet = 10.0
  var rescan = 30.0
  var usesInotify = true
}

extension IntakeOptions.After: ExpressibleByArgument {}
extension Quarantine.Mode: ExpressibleByArgument {}
