import ArgumentParser
import Findings

/// `pleura store`: looks after the SQLite file.
struct StoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "store", abstract: "Checks the store.", subcommands: [Check.self])

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Verifies the digest of every finding; exit 1 names the rows that changed.")

    @OptionGroup var results: ResultOptions

    @Flag(help: "Print a digest of what the store says, without times and row numbers.")
    var digest = false
    @Flag(help: "Print the lines that the digest is taken of.")
    var lines = false

    func run() throws {
      try Failure.guarded {
        let store = try FindingsStore(path: results.store, mode: .read)
        if lines {
          for line in try store.canonicalLines() { print(line) }
        }
        if digest { print(try store.canonicalDigest()) }
        let wrong = try store.verifyDigests()
        for id in wrong { print("changed: finding \(id)") }
        return wrong.isEmpty ? ExitCode.success : ExitStatus.failure
      }
    }
  }
}
