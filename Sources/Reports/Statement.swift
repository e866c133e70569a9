/// What is said of each mention of a sentence.
///
/// In this order: the past, questions and suppositions (set aside unless the rest of the clause
/// tells of today), what is left open, denial, doubt, alternatives, and what a later pronoun says.
extension SentenceReading {
  func readings() -> [Statement] {
    mentions.map { mention in
      let (label, rule) = judge(mention)
      return Statement(
        finding: mention.finding, term: lexicon.texts[mention.phrase], rule: rule, label: label)
    }
  }

  private typealias Verdict = (label: ReportLabel?, rule: String)

  private func judge(_ mention: Mention) -> Verdict {
    var verdict = base(of: mention)
    if let past = pastOrSupposed(mention) {
      // `if it is suspected` supposes; `prior nodule is questionable` tells of today.
      let doubts: [Lexicon.Cue] =
        past.cue == .requestBefore ? [.openAfter] : [.openAfter, .uncertainAfter]
      if let hit = behind(mention, doubts) { return (.uncertain, rule(hit)) }
      if let hit = behind(mention, .negationAfter) ?? later(mention, .anaphoricDenial) {
        return (.negative, rule(hit))
      }
      if let hit = behind(mention, .affirmationAfter) { return (verdict.label, rule(hit)) }
      return (nil, rule(past))
    }
    if let hit = before(mention, .openBefore) ?? behind(mention, .openAfter) {
      return (.uncertain, rule(hit))
    }
    if mention.base != .absent, let hit = denial(of: mention) {
      verdict = (.negative, rule(hit))
    } else if let hit = before(mention, .uncertainBefore) ?? behind(mention, .uncertainAfter) {
      if verdict.label != .negative || mention.base == .absent {
        verdict = (.uncertain, rule(hit))
      }
    } else if verdict.label == .positive,
      let hit = hits.first(where: { $0.cue == .alternative && adjoins($0, mention) })
    {
      verdict = (.uncertain, rule(hit))
    }
    return afterwards(mention, verdict)
  }

  /// What the term says by itself, turned round by a `not` inside it.
  private func base(of mention: Mention) -> Verdict {
    let inner = hits.first {
      $0.cue == .negationWithin && mention.range.lowerBound < $0.range.lowerBound
        && $0.range.upperBound <= mention.range.upperBound
    }
    switch (mention.base, inner) {
    case (.uncertain, _): return (.uncertain, "uncertain")
    case (.absent, nil): return (.negative, "absent")
    case (.absent, let hit?): return (.positive, rule(hit))
    case (_, let hit?): return (.negative, rule(hit))
    case (_, nil): return (.positive, "present")
    }
  }

  private func pastOrSupposed(_ mention: Mention) -> Hit? {
    // A tube that was put in at some time is still there.
    let kinds: [Lexicon.Cue] =
      lexicon.isRemovable[mention.finding] ? [.requestBefore] : [.historyBefore, .requestBefore]
    return before(mention, kinds)
  }

  private func denial(of mention: Mention) -> Hit? {
    if lexicon.isRemovable[mention.finding],
      let hit = before(mention, .removalBefore) ?? behind(mention, .removalAfter)
    {
      return hit
    }
    if let hit = behind(mention, .negationAfter) { return hit }
    return hits.last { hit in
      hit.cue == .negationBefore && reaches(hit, forward: mention) && !isSpent(hit)
    }
  }

  /// Whether a cue that works both ways was already said of something in front of it.
  private func isSpent(_ hit: Hit) -> Bool {
    let twins = hits.filter { $0.range == hit.range && $0.cue.isBackward }
    return twins.contains { twin in mentions.contains { reaches(twin, backward: $0) } }
  }

  private func afterwards(_ mention: Mention, _ verdict: Verdict) -> Verdict {
    guard verdict.label == .negative else { return verdict }
    if let hit = later(mention, .anaphoricAffirmation) { return (.positive, rule(hit)) }
    if let hit = later(mention, .anaphoricDoubt) { return (.uncertain, rule(hit)) }
    return verdict
  }

  private func before(_ mention: Mention, _ cues: Lexicon.Cue...) -> Hit? {
    before(mention, cues)
  }

  private func before(_ mention: Mention, _ cues: [Lexicon.Cue]) -> Hit? {
    hits.last { cues.contains($0.cue) && reaches($0, forward: mention) && !isSpent($0) }
  }

  private func behind(_ mention: Mention, _ cues: Lexicon.Cue...) -> Hit? {
    behind(mention, cues)
  }

  private func behind(_ mention: Mention, _ cues: [Lexicon.Cue]) -> Hit? {
    hits.first { cues.contains($0.cue) && reaches($0, backward: mention) }
  }

  /// A pronoun behind a mention with no other finding in between.
  private func later(_ mention: Mention, _ cue: Lexicon.Cue) -> Hit? {
    hits.first { hit in
      hit.cue == cue && hit.range.lowerBound >= mention.range.upperBound
        && !mentions.contains {
          $0.finding != mention.finding && $0.range.lowerBound >= mention.range.upperBound
            && $0.range.lowerBound < hit.range.lowerBound
        }
    }
  }

  private func rule(_ hit: Hit) -> String { hit.cue.rawValue + ": " + lexicon.texts[hit.phrase] }
}

extension Lexicon.Cue {
  /// Bears on what went before.
  var isBackward: Bool {
    switch self {
    case .negationAfter, .removalAfter, .uncertainAfter, .openAfter: true
    default: false
    }
  }
}
