/// One sentence: where it names findings, where cues stand, and what is said of each finding.
struct SentenceReading {
  struct Mention {
    let finding: Int
    let base: CompiledLexicon.Reading
    let phrase: Int
    let range: Range<Int>
  }

  struct Hit {
    let cue: Lexicon.Cue
    let phrase: Int
    let range: Range<Int>
  }

  /// What is said of one mention.
  struct Statement {
    let finding: Int
    let term: String
    let rule: String
    let label: ReportLabel?
  }

  let words: [PhraseMatcher.Word]
  let lexicon: CompiledLexicon
  private(set) var mentions: [Mention] = []
  private(set) var hits: [Hit] = []
  /// By word: the structural cues that begin there.
  private(set) var structure: [Set<Lexicon.Cue>]

  init(_ words: [PhraseMatcher.Word], _ lexicon: CompiledLexicon) {
    self.words = words
    self.lexicon = lexicon
    structure = Array(repeating: [], count: words.count + 1)
    let matches = lexicon.matcher.matches(in: words)
    mentions = Self.mentions(among: matches, lexicon)
    guard !mentions.isEmpty else { return }
    hits = Self.hits(among: matches, lexicon)
    for hit in hits where Self.structural.contains(hit.cue) {
      structure[hit.range.lowerBound].insert(hit.cue)
    }
  }

  private static let structural: Set<Lexicon.Cue> = [.boundary, .stop, .verb, .opener]
  /// Never hide others, and are hidden only by neutral cues.
  private static let quiet: Set<Lexicon.Cue> = [
    .boundary, .stop, .verb, .opener, .affirmationAfter, .negationWithin, .alternative,
    .anaphoricAffirmation, .anaphoricDenial, .anaphoricDoubt,
  ]

  /// Of overlapping phrases of one finding the one with most words stands; what is left of the
  /// ignored ones is dropped. In order of place.
  private static func mentions(
    among matches: [PhraseMatcher.Match], _ lexicon: CompiledLexicon
  ) -> [Mention] {
    var taken: [Int: [Range<Int>]] = [:]
    var result: [Mention] = []
    let terms = matches.filter { lexicon.kinds[$0.phrase].isTerm }.sorted {
      ($1.weight, $0.range.count, $0.range.lowerBound, $0.phrase)
        < ($0.weight, $1.range.count, $1.range.lowerBound, $1.phrase)
    }
    for match in terms {
      guard case .term(let finding, let reading) = lexicon.kinds[match.phrase] else { continue }
      if taken[finding, default: []].contains(where: { $0.overlaps(match.range) }) { continue }
      taken[finding, default: []].append(match.range)
      if reading == .ignored { continue }
      result.append(
        Mention(finding: finding, base: reading, phrase: match.phrase, range: match.range))
    }
    return result.sorted {
      ($0.range.lowerBound, $0.finding) < ($1.range.lowerBound, $1.finding)
    }
  }

  /// A longer cue hides the shorter ones that it overlaps; of one kind at one place the longest
  /// stands.
  private static func hits(
    among matches: [PhraseMatcher.Match], _ lexicon: CompiledLexicon
  ) -> [Hit] {
    let all = matches.compactMap { match -> Hit? in
      guard case .cue(let cue) = lexicon.kinds[match.phrase] else { return nil }
      return Hit(cue: cue, phrase: match.phrase, range: match.range)
    }
    return all.filter { hit in
      !all.contains { other in
        guard other.range.count > hit.range.count, other.range.overlaps(hit.range) else {
          return false
        }
        if quiet.contains(hit.cue) { return other.cue == .neutral || other.cue == hit.cue }
        return !quiet.contains(other.cue)
      }
    }
  }
}

extension CompiledLexicon.Kind {
  var isTerm: Bool {
    if case .term = self { true } else { false }
  }
}
