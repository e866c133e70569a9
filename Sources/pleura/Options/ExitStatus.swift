import ArgumentParser

/// The exit codes of `docs/cli.md`: a contract with schedulers and service managers.
enum ExitStatus {
  static let failure = ExitCode(1)
  static let finishedWithFailures = ExitCode(3)
  static let storeMissingOrNewer = ExitCode(10)
  static let storeLocked = ExitCode(11)
  static let modelRefused = ExitCode(12)
  static let interrupted = ExitCode(130)
  static let terminated = ExitCode(143)
}
