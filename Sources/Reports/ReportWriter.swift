/// Which side of the chest.
package enum ReportSide: String, Sendable, CaseIterable {
  case left
  case right
  case both = "bilateral"
}

/// How much of a finding there is.
package enum ReportSize: String, Sendable, CaseIterable {
  case small
  case moderate
  case large
}

/// The truth of one finding in a written report.
package struct WrittenFinding: Sendable, Equatable {
  /// As in `Lexicon.order`.
  package let name: String
  package var isPresent: Bool
  package var side: ReportSide
  package var size: ReportSize

  package init(
    _ name: String, isPresent: Bool, side: ReportSide = .left, size: ReportSize = .moderate
  ) {
    self.name = name
    self.isPresent = isPresent
    self.side = side
    self.size = size
  }
}

/// A made report, and what its text says.
package struct WrittenReport: Sendable, Equatable {
  package let text: String
  /// What the text says of each finding, wrong or not; findings left out of the text are absent.
  package let stated: [String: ReportLabel]
  /// Findings of which the text says the opposite of the truth.
  package let wrong: Set<String>
}

/// Writes radiology reports of known truth and known rates of error, for made hospitals.
///
/// The wording (`ReportWording`) was written apart from the sentences that measure the labeller.
/// A report follows from (seed, index, findings) alone, not from what was written before.
package struct ReportWriter: Sendable {
  /// Decides every word together with the index.
  package let seed: UInt64
  /// Share of statements that say the opposite of the truth, each finding for itself, 0...1.
  package var errorRate: Double
  /// Share of statements that leave the finding open, 0...1; a statement is not both.
  package var doubtRate: Double
  /// Share of absent findings that the text does not name, 0...1. Pneumothorax is always named.
  package var silenceRate: Double

  package init(
    seed: UInt64, errorRate: Double = 0, doubtRate: Double = 0.04, silenceRate: Double = 0.5
  ) {
    precondition(errorRate >= 0 && doubtRate >= 0 && errorRate + doubtRate <= 1)
    precondition((0...1).contains(silenceRate))
    self.seed = seed
    self.errorRate = errorRate
    self.doubtRate = doubtRate
    self.silenceRate = silenceRate
  }

  /// Findings whose name has no wording are a broken invariant of the caller.
  package func report(index: Int, findings: [WrittenFinding]) -> WrittenReport {
    var random = ReportRandom(seed: seed, index: index)
    var stated: [String: ReportLabel] = [:]
    var wrong: Set<String> = []
    for finding in findings {
      precondition(ReportWording.phrases[finding.name] != nil, "a finding without wording")
      // Drawn in any case, so that one rate does not change what the others do.
      let (fate, silence) = (random.uniform(), random.uniform())
      if fate < errorRate {
        stated[finding.name] = finding.isPresent ? .negative : .positive
        wrong.insert(finding.name)
      } else if fate < errorRate + doubtRate {
        stated[finding.name] = .uncertain
      } else if finding.isPresent {
        stated[finding.name] = .positive
      } else if finding.name == "pneumothorax" || silence >= silenceRate {
        stated[finding.name] = .negative
      }
    }
    let text = text(findings, stated, &random)
    return WrittenReport(text: text, stated: stated, wrong: wrong)
  }

  private func text(
    _ findings: [WrittenFinding], _ stated: [String: ReportLabel], _ random: inout ReportRandom
  ) -> String {
    var sections: [String] = []
    if random.chance(0.7) {
      sections.append("INDICATION: " + random.pick(ReportWording.indications))
    }
    if random.chance(0.5) {
      sections.append("COMPARISON: " + random.pick(ReportWording.comparisons))
    }
    var body = body(findings, stated, &random)
    if random.chance(0.4) { body.append(random.pick(ReportWording.fillers)) }
    sections.append("FINDINGS: " + body.joined(separator: " "))
    sections.append("IMPRESSION: " + impression(findings, stated, &random))
    return sections.joined(separator: random.chance(0.5) ? "\n\n" : "\n")
  }

  /// One sentence a finding in shuffled order; some of the denied ones share a sentence.
  private func body(
    _ findings: [WrittenFinding], _ stated: [String: ReportLabel], _ random: inout ReportRandom
  ) -> [String] {
    var sentences: [String] = []
    var denied: [String] = []
    for finding in findings {
      guard let label = stated[finding.name] else { continue }
      let short = ReportWording.phrases[finding.name]?.short
      if label == .negative, let short, random.chance(0.5) {
        denied.append(short)
      } else {
        sentences.append(sentence(finding, label, &random))
      }
    }
    random.shuffle(&denied)
    if !denied.isEmpty { sentences.append(list(denied, &random)) }
    random.shuffle(&sentences)
    return sentences
  }

  private func list(_ names: [String], _ random: inout ReportRandom) -> String {
    let opening = random.pick(["There is no ", "No ", "No radiographic sign of "])
    guard let last = names.last, names.count > 1 else { return opening + names[0] + "." }
    return opening + names.dropLast().joined(separator: ", ") + " or " + last + "."
  }

  private func sentence(
    _ finding: WrittenFinding, _ label: ReportLabel, _ random: inout ReportRandom
  ) -> String {
    guard let phrases = ReportWording.phrases[finding.name] else { return "" }
    let pattern =
      switch label {
      case .positive: random.pick(phrases.positive)
      case .negative: random.pick(phrases.negative)
      case .uncertain: random.pick(phrases.uncertain)
      }
    return ReportWording.filled(pattern, side: finding.side, size: finding.size)
  }

  /// Positive and open findings again in other words; nothing else is "no acute abnormality".
  private func impression(
    _ findings: [WrittenFinding], _ stated: [String: ReportLabel], _ random: inout ReportRandom
  ) -> String {
    var items: [String] = []
    for finding in findings {
      guard let label = stated[finding.name] else { continue }
      let isNamed =
        label != .negative
        ? random.chance(0.8)
        : finding.name == "pneumothorax" && random.chance(0.5)
      if isNamed { items.append(sentence(finding, label, &random)) }
    }
    guard !items.isEmpty else {
      // An open or positive finding may stand in the body alone.
      let isCalm = stated.values.allSatisfy { $0 == .negative }
      return random.pick(isCalm ? ReportWording.calm : ReportWording.referring)
    }
    random.shuffle(&items)
    guard items.count > 1, random.chance(0.6) else { return items.joined(separator: " ") }
    return items.enumerated().map { "\($0 + 1). \($1)" }.joined(separator: "\n")
  }
}

/// SplitMix64 (Steele, Lea and Flood 2014), keyed by seed and index.
struct ReportRandom {
  private var state: UInt64

  init(seed: UInt64, index: Int) {
    state = seed
    state = next() ^ UInt64(truncatingIfNeeded: index) &* 0x8CB9_2BA7_2F3D_8DD7
    state = next()
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// In `[0, 1)`.
  mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }
  mutating func chance(_ probability: Double) -> Bool { uniform() < probability }
  mutating func pick(_ list: [String]) -> String { list[Int(uniform() * Double(list.count))] }

  /// Fisher and Yates.
  mutating func shuffle(_ list: inout [String]) {
    for last in stride(from: list.count - 1, to: 0, by: -1) {
      list.swapAt(last, Int(uniform() * Double(last + 1)))
    }
  }
}
