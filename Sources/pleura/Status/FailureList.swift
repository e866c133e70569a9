import Findings
import Foundation
import Intake
import Synchronization

/// What could not be used in a run: one line each, by ledger number, never by name; at the end, or
/// as it happens in a run that has no end.
final class FailureList: Sendable {
  private struct State {
    var lines: [String] = []
    var count = 0
    /// Set while each failure is printed as it happens; true as JSON.
    var atOnce: Bool?
  }

  /// Lines kept for the end; beyond that only the count grows.
  private static let limit = 1000
  private let state = Mutex(State())

  var isEmpty: Bool { state.withLock { $0.count == 0 } }

  /// Prints each failure as it happens; the end then tells only how many there were.
  func printAtOnce(json: Bool) { state.withLock { $0.atOnce = json } }

  func add(_ report: FileReport) {
    guard report.isFailure, let reason = report.reason else { return }
    add(file: report.fileID, reason: reason, place: report.place)
  }

  /// The files of a study that scoring refused, in the order of the ledger.
  func add(_ outcomes: [Int64: FileOutcome]) {
    for (file, outcome) in outcomes.sorted(by: { $0.key < $1.key }) {
      guard case .quarantined(let reason, let place) = outcome else { continue }
      add(file: file, reason: reason, place: place)
    }
  }

  private func add(file: Int64, reason: String, place: String?) {
    let text =
      "file \(file): " + reason + (place.map { " at \($0)" } ?? "") + "; "
      + ReasonAdvice.of(reason)
    let atOnce = state.withLock { state in
      state.count += 1
      if state.atOnce == nil, state.lines.count < Self.limit { state.lines.append(text) }
      return state.atOnce
    }
    guard let atOnce else { return }
    if atOnce {
      let location = place.map { ",\"place\":\"\($0)\"" } ?? ""
      StatusPrinter.write(
        "{\"type\":\"failure\",\"file\":\(file),\"code\":\"\(reason)\"\(location)}\n")
    } else {
      StatusPrinter.write("pleura: \(text)\n")
    }
  }

  func report(json: Bool) {
    let (lines, count, atOnce) = state.withLock { ($0.lines, $0.count, $0.atOnce) }
    guard count > 0 else { return }
    if json {
      return StatusPrinter.write("{\"type\":\"failures\",\"count\":\(count)}\n")
    }
    StatusPrinter.write("\(count) could not be used (pleura why ID tells more):\n")
    for line in lines { StatusPrinter.write("  \(line)\n") }
    if atOnce == nil, count > lines.count {
      StatusPrinter.write("  and \(count - lines.count) more\n")
    }
  }
}
