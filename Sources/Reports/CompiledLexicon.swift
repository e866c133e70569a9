/// A lexicon ready to be searched.
struct CompiledLexicon: Sendable {
  enum Kind: Sendable, Equatable {
    case term(finding: Int, Reading)
    case cue(Lexicon.Cue)
  }

  enum Reading: String, Sendable {
    case present
    case absent
    case uncertain
    case ignored
  }

  private(set) var matcher = PhraseMatcher()
  /// By number of the phrase.
  private(set) var kinds: [Kind] = []
  private(set) var texts: [String] = []
  /// By number of the finding.
  let isRemovable: [Bool]

  /// Throws `lexiconPhrase`, or `lexiconCue` for a cue of no known name.
  init(_ lexicon: Lexicon, findings: [String]) throws {
    let terms = findings.map { lexicon.findings[$0] ?? .init() }
    isRemovable = terms.map(\.isRemovable)
    for (number, terms) in terms.enumerated() {
      for (reading, phrases) in [
        (Reading.present, terms.present), (.absent, terms.absent), (.uncertain, terms.uncertain),
        (.ignored, terms.ignored),
      ] {
        for phrase in phrases { try add(phrase, .term(finding: number, reading)) }
      }
    }
    for (name, phrases) in lexicon.cues.sorted(by: { $0.key < $1.key }) {
      guard let cue = Lexicon.Cue(rawValue: name) else { throw ReportsError(.lexiconCue) }
      for phrase in phrases { try add(phrase, .cue(cue)) }
    }
  }

  private mutating func add(_ phrase: String, _ kind: Kind) throws {
    _ = try matcher.add(phrase)
    kinds.append(kind)
    texts.append(phrase)
  }
}
