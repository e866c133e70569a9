import Foundation
import Glibc

/// What `pleura engine` prints: one JSON object a line on stdout, at once.
enum EngineLines {
  struct Loaded: Encodable {
    let type = "loaded"
    /// From the start of the command to the first run.
    let milliseconds: Double
    /// Of the plan: tensors alive at the worst moment, and scratch memory of one thread.
    let peakBytes: Int
    /// Of packed weights.
    let preparedBytes: Int
    /// Scalars of all weights.
    let parameters: Int
    let threads: Int
  }

  struct Run: Encodable {
    let type = "run"
    /// Seconds.
    let wall: Double
    /// Seconds of the processor, of all threads of the process.
    let cpu: Double
    /// Of a training step.
    let loss: Float?
  }

  static func write(_ line: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    try write(String(decoding: encoder.encode(line), as: UTF8.self))
  }

  /// Not `print`: whoever reads a pipe waits for this line.
  static func write(_ text: String) throws {
    try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
  }
}

/// Wall and CPU time since it was made.
struct EngineClock {
  private let wallStart = Self.seconds(CLOCK_MONOTONIC)
  private let cpuStart = Self.seconds(CLOCK_PROCESS_CPUTIME_ID)

  var wall: Double { Self.seconds(CLOCK_MONOTONIC) - wallStart }
  /// All threads of the process.
  var cpu: Double { Self.seconds(CLOCK_PROCESS_CPUTIME_ID) - cpuStart }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

/// How often a loaded network runs.
struct EngineLoop {
  /// Lines "run" and "quit" on stdin decide, instead of `repeats`.
  let interactive: Bool
  let repeats: Int

  /// Runs `once`, which may give a loss, and prints the cost of each run.
  ///
  /// Throws `.command` for another line on stdin; the end of stdin ends it as "quit" does.
  func serve(_ once: () throws -> Float?) throws {
    guard interactive else {
      for _ in 0..<repeats { try measure(once) }
      return
    }
    while let line = readLine() {
      switch line {
      case "run": try measure(once)
      case "quit": return
      default: throw EngineError(.command)
      }
    }
  }

  private func measure(_ once: () throws -> Float?) throws {
    let clock = EngineClock()
    let loss = try once()
    try EngineLines.write(EngineLines.Run(wall: clock.wall, cpu: clock.cpu, loss: loss))
  }
}
