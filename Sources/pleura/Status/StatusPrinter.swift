import Foundation
import Pipelines

/// Prints how a run goes on stderr: one line that is rewritten on a terminal, a line every 30
/// seconds on a pipe, one JSON object a line with `--json`.
final class StatusPrinter: Sendable {
  enum Style: Sendable {
    case terminal
    case pipe
    case json
  }

  private let progress: Pipelines.Progress
  private let style: Style
  private let unit: String
  private let ticker = Ticker()

  init(_ progress: Pipelines.Progress, unit: String, json: Bool) {
    self.progress = progress
    self.unit = unit
    style = json ? .json : isatty(STDERR_FILENO) == 1 ? .terminal : .pipe
  }

  /// Starts printing; at most 10 lines a second on a terminal.
  func start() {
    let seconds = style == .terminal ? 0.2 : 30
    ticker.start(every: seconds) { [weak self] in self?.printLine() }
  }

  /// Stops and prints the last state.
  func finish() {
    ticker.stop()
    printLine()
    if style == .terminal { Self.write("\n") }
  }

  func printLine() {
    let now = progress.snapshot
    switch style {
    case .terminal: Self.write("\r\u{1B}[K" + line(now))
    case .pipe: Self.write(line(now) + "\n")
    case .json: Self.write(json(now) + "\n")
    }
  }

  func line(_ now: Pipelines.Progress.Snapshot) -> String {
    let total = now.total.map { "/\($0)" } ?? ""
    var text = "\(now.settled)\(total) \(unit), \(now.failed) failed"
    text += String(format: ", %.1f/s", now.itemsPerSecond)
    if let left = now.secondsLeft { text += ", \(Self.duration(left)) left" }
    return text
  }

  private func json(_ now: Pipelines.Progress.Snapshot) -> String {
    var fields = [
      "\"type\":\"progress\"", "\"unit\":\"\(unit)\"", "\"done\":\(now.done)",
      "\"failed\":\(now.failed)", String(format: "\"perSecond\":%.3f", now.itemsPerSecond),
    ]
    if let total = now.total { fields.append("\"total\":\(total)") }
    if let left = now.secondsLeft { fields.append(String(format: "\"secondsLeft\":%.1f", left)) }
    return "{" + fields.joined(separator: ",") + "}"
  }

  static func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }

  /// Says before anything is scored whose scores are experimental, a line each.
  static func writeExperimental(_ models: [(name: String, version: String)], json: Bool) {
    for model in models {
      write(
        json
          ? "{\"type\":\"model\",\"name\":\(quoted(model.name)),"
            + "\"version\":\(quoted(model.version)),\"experimental\":true}\n"
          : "model \(model.name) \(model.version) is experimental\n")
    }
  }

  private static func quoted(_ text: String) -> String {
    let data = try? JSONEncoder().encode(text)
    return data.map { String(decoding: $0, as: UTF8.self) } ?? "null"
  }

  static func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}
