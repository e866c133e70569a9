/// How far a cue reaches in a sentence.
extension SentenceReading {
  /// What a cue in front of a mention may step over on its way to it.
  struct Reach {
    var crossesVerbs = true
    var crossesCommas = true
    var limit = Int.max
  }

  static func reach(of cue: Lexicon.Cue) -> Reach {
    switch cue {
    case .negationBefore: Reach(crossesVerbs: false)
    case .removalBefore: Reach(crossesVerbs: false, crossesCommas: false)
    case .historyBefore: Reach(crossesVerbs: false, limit: 5)
    case .requestBefore: Reach(crossesCommas: false, limit: 8)
    default: Reach(crossesCommas: false)
    }
  }

  /// Whether a cue in front reaches a mention. Behind a comma or `and` a word that opens a new
  /// statement ends the scope, unless `or` is still to come, as in `no effusion, large
  /// consolidation or pneumothorax`.
  func reaches(_ hit: Hit, forward mention: Mention) -> Bool {
    let (from, to) = (hit.range.upperBound, mention.range.lowerBound)
    guard from <= to else { return false }
    let reach = Self.reach(of: hit.cue)
    guard to - from <= reach.limit else { return false }
    for place in from..<to {
      let marks = structure[place]
      if marks.contains(.boundary) || marks.contains(.stop) { return false }
      if marks.contains(.verb), !reach.crossesVerbs, !leadsToPurpose(place, before: to) {
        return false
      }
      let isComma = isComma(place)
      if isComma, !reach.crossesCommas, !hasOr(after: place) { return false }
      if isComma || isAnd(place), opensStatement(place + 1, before: to), !hasOr(after: place) {
        return false
      }
    }
    return true
  }

  /// Whether a cue behind a mention reaches back to it: not over a boundary, nor over another
  /// statement in between.
  func reaches(_ hit: Hit, backward mention: Mention) -> Bool {
    let (from, to) = (mention.range.upperBound, hit.range.lowerBound)
    guard from <= to else { return false }
    // A cue may begin with the mark that would be a boundary: `: none`.
    var afterVerb = false
    var afterComma = false
    var afterStop = false
    for place in from..<to {
      let marks = structure[place]
      if marks.contains(.boundary) { return false }
      let hasMention = mentions.contains { $0.range.lowerBound == place }
      if hasMention, afterStop || afterComma && !hasListWord(from: from, to: place) {
        return false
      }
      // `projects over the rib and is indeterminate` goes on about the same thing.
      let isNewSubject = isAnd(place) && !structure[place + 1].contains(.verb)
      if afterVerb, hasMention || isComma(place) || isNewSubject { return false }
      afterVerb = afterVerb || marks.contains(.verb)
      afterComma = afterComma || isComma(place)
      afterStop = afterStop || marks.contains(.stop)
    }
    return true
  }

  /// Whether a cue stands in the same phrase, on either side.
  func adjoins(_ hit: Hit, _ mention: Mention) -> Bool {
    let between =
      hit.range.lowerBound >= mention.range.upperBound
      ? mention.range.upperBound..<hit.range.lowerBound
      : hit.range.upperBound..<max(hit.range.upperBound, mention.range.lowerBound)
    guard !hit.range.overlaps(mention.range), between.count <= 6 else { return false }
    return between.allSatisfy { place in
      structure[place].isDisjoint(with: [.boundary, .stop, .verb]) && !isComma(place)
        && !mentions.contains { $0.range.lowerBound == place }
    }
  }

  private func isComma(_ place: Int) -> Bool { words[place].mark == .comma }
  private func isAnd(_ place: Int) -> Bool { words[place].mark == .and }

  private func opensStatement(_ place: Int, before end: Int) -> Bool {
    var place = place
    if place < end, isAnd(place) { place += 1 }
    return place <= end && place < words.count && structure[place].contains(.opener)
  }

  /// `or` or `nor` before the statement ends.
  private func hasOr(after place: Int) -> Bool {
    for next in (place + 1)..<max(place + 1, words.count) {
      if words[next].mark == .or { return true }
      if !structure[next].isDisjoint(with: [.boundary, .stop, .verb]) { return false }
    }
    return false
  }

  private func hasListWord(from: Int, to: Int) -> Bool {
    (from..<to).contains { isAnd($0) || words[$0].mark == .or } || hasAnd(after: to)
  }

  private func hasAnd(after place: Int) -> Bool {
    for next in place..<words.count {
      if isAnd(next) || words[next].mark == .or { return true }
      if !structure[next].isDisjoint(with: [.boundary, .stop, .verb]) { return false }
    }
    return false
  }

  /// `to suggest`, `to indicate` behind a verb: `no shift is seen to suggest ...`.
  private func leadsToPurpose(_ place: Int, before end: Int) -> Bool {
    (place..<end).contains { words[$0].mark == .purpose }
  }
}
