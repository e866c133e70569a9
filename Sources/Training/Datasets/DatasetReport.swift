import Foundation
import Imaging

/// What a run uses and what it leaves out: printed, and stored as `dataset.json` beside the
/// checkpoint. Counts and digests alone, nothing that names a patient or a file.
package struct DatasetReport: Sendable, Codable, Equatable {
  package struct Source: Sendable, Codable, Equatable {
    package let number: Int
    package let use: String
    package let kind: String
    package let used: Int
    /// By reason, over everything that the data set holds.
    package let skipped: [String: Int]
    /// How its splits were made; nil where the list gives them.
    package let shares: SplitShares?
  }

  package struct Part: Sendable, Codable, Equatable {
    /// `train`, `validation`, `test`, or `held-out`: read only to tell that the others do not hold it.
    package let name: String
    package let pictures: Int
    package let patients: Int
    /// By label; empty for segmentation, which learns from drawings.
    package let positives: [String: Int]
    package let negatives: [String: Int]
    /// Pictures with a drawn or known truth.
    package let drawn: Int
  }

  package let sources: [Source]
  package let parts: [Part]
  /// SHA-256 over split, source, patient and labels of every picture used, in order.
  package let listDigest: String
  /// SHA-256 over the pixel digests of every picture used, in order.
  package let pixelDigest: String
  package let lungModelDigest: String?

  /// Throws `TrainingError`: `output`, `diskFull`.
  package func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    guard let data = try? encoder.encode(self) else { throw TrainingError(.output) }
    try TrainingOutput.write([UInt8](data), to: path)
  }

  /// For people, a line each.
  package var lines: [String] {
    parts.map { part in
      let labels = part.positives.sorted { $0.key < $1.key }.map { name, count in
        "\(name) \(count) yes, \(part.negatives[name] ?? 0) no"
      }
      return "\(part.name): \(part.pictures) pictures of \(part.patients) patients"
        + (labels.isEmpty ? "" : "; " + labels.joined(separator: "; "))
    }
      + sources.filter { !$0.skipped.isEmpty }.map { source in
        let reasons = source.skipped.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        return "source \(source.number) (\(source.kind), \(source.use)) leaves out "
          + reasons.joined(separator: ", ")
      }
      + ["list \(listDigest.prefix(16)), pixels \(pixelDigest.prefix(16))"]
  }
}

/// Makes the report of what was kept.
struct ReportMaker {
  let recipe: Recipe
  let kept: [(one: ReadCandidate, hasTruth: Bool)]
  let skipped: [Int: SkipCounts]
  let datasets: [Int: any Dataset]
  let lungModelDigest: String?

  func report() -> DatasetReport {
    let lines = kept.map { item in
      let facts = item.one.facts
      let labels = facts.labels.map { $0.map { "\(Int($0))" } ?? "-" }.joined(separator: ",")
      return "\(name(item.one.candidate.use))|\(facts.source)|\(facts.patient)|\(labels)"
    }
    return DatasetReport(
      sources: datasets.sorted { $0.key < $1.key }.map { source($0.key, $0.value) },
      parts: [Recipe.Source.Use?.some(.train), .some(.validation), .some(.test), nil].compactMap(
        part),
      listDigest: SHA256.hex(ofText: lines.joined(separator: "\n")),
      pixelDigest: SHA256.hex(ofText: kept.map(\.one.pixels).joined(separator: "\n")),
      lungModelDigest: lungModelDigest)
  }

  private func source(_ number: Int, _ dataset: any Dataset) -> DatasetReport.Source {
    let counts = (skipped[number] ?? [:]).map { ($0.key.rawValue, $0.value) }
    return DatasetReport.Source(
      number: number, use: recipe.sources[number].use.rawValue, kind: dataset.kind.rawValue,
      used: kept.count { $0.one.candidate.source == number && $0.one.candidate.use != nil },
      skipped: Dictionary(counts, uniquingKeysWith: +), shares: dataset.shares)
  }

  private func part(_ use: Recipe.Source.Use?) -> DatasetReport.Part? {
    let own = kept.filter { $0.one.candidate.use == use }
    guard !own.isEmpty else { return nil }
    var positives: [String: Int] = [:]
    var negatives: [String: Int] = [:]
    let names = recipe.task == .classification ? recipe.labels.map(\.name) + recipe.auxiliary : []
    for (index, name) in names.enumerated() {
      let known = own.compactMap { $0.one.facts.labels.dropFirst(index).first.flatMap { $0 } }
      positives[name] = known.count { $0 == 1 }
      negatives[name] = known.count { $0 == 0 }
    }
    return DatasetReport.Part(
      name: name(use), pictures: own.count, patients: Set(own.map(\.one.facts.patient)).count,
      positives: positives, negatives: negatives, drawn: own.count(where: \.hasTruth))
  }

  private func name(_ use: Recipe.Source.Use?) -> String { use?.rawValue ?? "held-out" }
}
