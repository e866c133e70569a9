import Foundation
import Networks
import Training

/// `pleura train --probe`: what a chain would cost, one JSON object a line.
struct TrainingProbe {
  /// 0 plans alone.
  let steps: Int
  let positives: Int
  /// nil takes all of them. The largest resident set of a process is that of its greediest part.
  let part: ChainProbe.Part?

  private var parts: [ChainProbe.Part] { part.map { [$0] } ?? ChainProbe.Part.allCases }

  /// Runs the parts once with `threads` and once with one thread, so that more threads can be
  /// projected by Amdahl's law from the share of each part that both times show to be serial.
  /// Where there is one thread alone, only its own times are told.
  func run(_ recipe: ChainRecipe, threads: Int) throws {
    let probe = try ChainProbe(recipe: recipe, positives: positives)
    for part in parts {
      if let needs = try probe.needs(part) { try line(Self.fields(needs, type: "plan")) }
    }
    guard steps > 0 else { return }
    let wide = try costs(probe, threads: threads)
    let narrow = threads > 1 ? try costs(probe, threads: 1) : wide
    for cores in [2, 16, 64] where threads > 1 || cores == 2 {
      let seconds = zip(narrow, wide).reduce(0.0) { sum, pair in
        let step = ChainProbe.projected(
          one: pair.0.seconds, many: pair.1.seconds, threads: threads, cores: cores)
        return sum + step * Double(pair.0.count)
      }
      try line([
        "type": "projection", "cores": cores, "hours": (seconds / 36).rounded() / 100,
      ])
    }
    try line(["type": "memory", "peakBytes": Self.peakBytes])
  }

  /// Loads one part and runs it once for each line "run" on stdin, until "quit", as
  /// `pleura engine run --interactive` does.
  func serve(_ part: ChainProbe.Part, of recipe: ChainRecipe, threads: Int) throws {
    let probe = try ChainProbe(recipe: recipe, positives: positives)
    var bench = try probe.bench(part, threads: threads)
    var fields = try probe.needs(part).map { Self.fields($0, type: "loaded") } ?? [:]
    fields.merge(
      [
        "type": "loaded", "part": part.rawValue, "batch": bench.batch, "count": bench.count,
        "threads": threads,
      ]
    ) { $1 }
    try line(fields)
    try EngineLoop(interactive: true, repeats: 1).serve {
      try bench.run()
      return nil
    }
  }

  private func costs(_ probe: ChainProbe, threads: Int) throws -> [ChainProbe.Cost] {
    try parts.map { part in
      let cost = try probe.cost(part, steps: steps, threads: threads)
      try line([
        "type": "cost", "part": part.rawValue, "seconds": cost.seconds,
        "dataSeconds": cost.dataSeconds, "count": cost.count, "batch": cost.batch,
        "threads": threads,
      ])
      return cost
    }
  }

  private static func fields(_ needs: ChainNeeds, type: String) -> [String: Any] {
    [
      "type": type, "part": needs.part.rawValue, "batch": needs.batch,
      "parameters": needs.parameters, "trained": needs.trained,
      "plannedBytes": needs.plannedBytes, "stateBytes": needs.stateBytes,
    ]
  }

  private func line(_ fields: [String: Any]) throws {
    let data = try JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys])
    try EngineLines.write(String(decoding: data, as: UTF8.self))
  }

  /// The most memory that the process had at once (VmHWM); 0 where the system does not say.
  static var peakBytes: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    // From eight digits on only a tab parts the number from the name.
    return (line?.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }.first ?? 0) * 1024
  }
}
