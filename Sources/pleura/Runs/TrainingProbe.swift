import Foundation
import Networks
import Training

/// `pleura train --probe`: what a chain would cost, one JSON object a line.
struct TrainingProbe {
  let steps: Int
  let positives: Int

  /// Runs the parts once with `threads` and once with one thread, so that more threads can be
  /// projected by Amdahl's law from the share of each part that both times show to be serial.
  /// Where there is one thread alone, only its own times are told.
  func run(_ recipe: ChainRecipe, threads: Int) throws {
    let wide = try costs(recipe, threads: threads)
    let narrow = threads > 1 ? try costs(recipe, threads: 1) : wide
    for cores in [2, 16, 64] where threads > 1 || cores == 2 {
      let seconds = zip(narrow, wide).reduce(0.0) { sum, pair in
        sum + projected(pair.0, pair.1, threads: threads, cores: cores) * Double(pair.0.count)
      }
      try line([
        "type": "projection", "cores": cores, "hours": (seconds / 36).rounded() / 100,
      ])
    }
    try line(["type": "memory", "peakBytes": Self.peakBytes])
  }

  private func costs(_ recipe: ChainRecipe, threads: Int) throws -> [ChainProbe.Cost] {
    try ChainProbe(recipe: recipe, threads: threads, steps: steps, positives: positives).run {
      cost in
      try? line([
        "type": "cost", "part": cost.part, "seconds": cost.seconds, "count": cost.count,
        "batch": cost.batch, "threads": threads,
      ])
    }
  }

  /// Seconds of one step with so many cores.
  private func projected(
    _ one: ChainProbe.Cost, _ many: ChainProbe.Cost, threads: Int, cores: Int
  ) -> Double {
    guard threads > 1 else { return one.seconds }
    let width = Double(threads)
    // T(n) = serial + rest / n, from T(1) and T(threads).
    let rest = max(0, one.seconds - many.seconds) / (1 - 1 / width)
    return max(0, one.seconds - rest) + min(rest, one.seconds) / Double(cores)
  }

  private func line(_ fields: [String: Any]) throws {
    let data = try JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys])
    print(String(decoding: data, as: UTF8.self))
  }

  /// The most memory that the process had at once (VmHWM); 0 where the system does not say.
  static var peakBytes: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.split(separator: " ").compactMap { Int($0) }.first ?? 0) * 1024
  }
}
