/// What a report says of a finding.
package enum ReportLabel: Int, Sendable, CaseIterable {
  case negative = 0
  case positive = 1
  /// -1 in CheXpert's convention (Irvin et al. 2019).
  case uncertain = -1

  /// Which of two statements of one report stands: positive before uncertain before negative.
  static func stronger(_ one: ReportLabel?, _ other: ReportLabel) -> ReportLabel {
    guard let one else { return other }
    if one == .positive || other == .positive { return .positive }
    return one == .uncertain || other == .uncertain ? .uncertain : .negative
  }
}

/// One place where a report speaks of a finding; holds nothing of its text.
package struct ReportMention: Sendable, Equatable {
  package let finding: String
  /// Counted from 1 over the sentences that count.
  package let sentence: Int
  /// The phrase of the lexicon.
  package let term: String
  /// The cue and its phrase that decided, or `present`, `absent`, `uncertain` of the term itself.
  package let rule: String
  /// nil when set aside: told of the past, asked for or supposed.
  package let label: ReportLabel?
}

/// Labels English report texts by rules: mentions of findings, what is said of each, the strongest
/// statement of each finding.
///
/// After the idea of NegBio (Peng et al. 2018) and the CheXpert labeller (Irvin et al. 2019), with
/// words and rules of its own: scopes over words, no parse trees. A value with a cache of words
/// inside; the same text gives the same labels whatever was labelled before.
package struct ReportLabeller: Sendable {
  /// Columns, in order.
  package let findings: [String]
  private let lexicon: CompiledLexicon
  private var cache: [[UInt8]: PhraseMatcher.Word] = [:]
  /// Words kept; names and numbers of many reports would grow it without end.
  private static let cacheLimit = 20_000

  /// Only these findings when given. Throws `lexiconPhrase`; `columnMissing` for a finding that
  /// the lexicon does not know.
  package init(lexicon: Lexicon = .english, findings: [String]? = nil) throws {
    let names = lexicon.names
    self.findings =
      try findings.map { wanted in
        try wanted.map { name in
          guard let known = names.first(where: { $0.lowercased() == name.lowercased() }) else {
            throw ReportsError(.columnMissing)
          }
          return known
        }
      } ?? names
    self.lexicon = try CompiledLexicon(lexicon, findings: self.findings)
  }

  /// All mentions of a report, in the order of its sentences.
  package mutating func mentions(in report: String) -> [ReportMention] {
    var result: [ReportMention] = []
    var number = 0
    for piece in ReportSections.counted(Array(report.utf8)) {
      for words in ReportSentences.split(piece) {
        number += 1
        let sentence = SentenceReading(words.map { word(of: $0) }, lexicon)
        for reading in sentence.readings() {
          result.append(
            ReportMention(
              finding: findings[reading.finding], sentence: number, term: reading.term,
              rule: reading.rule, label: reading.label))
        }
      }
    }
    return result
  }

  /// One label a finding, in the order of `findings`; nil where the report does not speak of it.
  package mutating func labels(of report: String) -> [ReportLabel?] {
    aggregate(mentions(in: report))
  }

  /// Positive before uncertain before negative before not mentioned.
  package func aggregate(_ mentions: [ReportMention]) -> [ReportLabel?] {
    findings.map { finding in
      mentions.reduce(nil) { label, mention in
        guard mention.finding == finding, let own = mention.label else { return label }
        return .stronger(label, own)
      }
    }
  }

  private mutating func word(of text: [UInt8]) -> PhraseMatcher.Word {
    if let known = cache[text] { return known }
    if cache.count >= Self.cacheLimit { cache.removeAll(keepingCapacity: true) }
    let word = lexicon.matcher.word(text)
    cache[text] = word
    return word
  }
}
