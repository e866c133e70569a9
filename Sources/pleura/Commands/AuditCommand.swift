import ArgumentParser
import Findings
import Foundation

/// `pleura audit`: proves that every file seen is accounted for.
struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Proves that files seen = scored + skipped + duplicate + quarantined + pending.",
    discussion: "Exit 0 when it adds up and every recorded object is there unchanged, else 1.")

  @OptionGroup var results: ResultOptions

  @Flag(help: "Print the balance and check it (the default).")
  var balance = false
  @Option(help: "table or json.")
  var format = RowFormat.table

  func run() throws {
    try Failure.guarded {
      let store = try FindingsStore(path: results.store, mode: .read)
      let result = try store.audit(outputFolder: results.output)
      switch format {
      case .json: print(json(result))
      case .table, .csv: print(text(result))
      }
      return result.isBalanced ? ExitCode.success : ExitStatus.failure
    }
  }

  private func text(_ result: Balance) -> String {
    var lines = [result.line]
    for (reason, count) in result.reasons.sorted(by: { $0.key < $1.key }) {
      lines.append("  \(count)  \(reason)")
    }
    lines += result.problems.map { "problem: \($0)" }
    lines.append(result.isBalanced ? "balanced" : "NOT BALANCED")
    return lines.joined(separator: "\n")
  }

  private func json(_ result: Balance) -> String {
    let counts = FileState.allCases.map { "\"\($0.rawValue)\":\(result.counts[$0, default: 0])" }
    let problems = result.problems.map { "\"\($0)\"" }
    return "{\"discovered\":\(result.discovered),\(counts.joined(separator: ",")),"
      + "\"findings\":\(result.findings),\"outputs\":\(result.outputs),"
      + "\"balanced\":\(result.isBalanced),\"problems\":[\(problems.joined(separator: ","))]}"
  }
}
