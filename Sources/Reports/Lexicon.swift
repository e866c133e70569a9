import Foundation

/// What the labeller knows of the language, as data: the words of each finding and the cues that
/// deny, doubt or set aside a mention. English only.
///
/// A phrase is lower-case words with blanks between. `a|b` is either word, `pneumothora*` every
/// word with that beginning, `~3` up to three words that are neither a conjunction nor a
/// punctuation mark, `$` the end of the sentence or any punctuation mark; `, ; : ? / ( ) -` stand
/// for themselves. Hyphens inside words are blanks, apostrophes are left out (`cant`).
package struct Lexicon: Sendable, Codable, Equatable {
  /// The words of one finding.
  package struct Terms: Sendable, Codable, Equatable {
    /// Say that it is there, unless a cue says otherwise.
    package var present: [String] = []
    /// Say that it is not there: `lungs ~2 clear`.
    package var absent: [String] = []
    /// Leave it open by themselves: `blunting of ~4 costophrenic`.
    package var uncertain: [String] = []
    /// Hold a word of the finding without meaning it: `pericardial effusion*`.
    package var ignored: [String] = []
    /// Whether it can be taken out of the patient, as tubes and lines can.
    package var isRemovable = false

    package init(
      present: [String] = [], absent: [String] = [], uncertain: [String] = [],
      ignored: [String] = [], isRemovable: Bool = false
    ) {
      self.present = present
      self.absent = absent
      self.uncertain = uncertain
      self.ignored = ignored
      self.isRemovable = isRemovable
    }

    /// Every key may be left out.
    package init(from decoder: any Decoder) throws {
      let keyed = try decoder.container(keyedBy: CodingKeys.self)
      func phrases(_ key: CodingKeys) throws -> [String] {
        try keyed.decodeIfPresent([String].self, forKey: key) ?? []
      }
      try self.init(
        present: phrases(.present), absent: phrases(.absent), uncertain: phrases(.uncertain),
        ignored: phrases(.ignored),
        isRemovable: keyed.decodeIfPresent(Bool.self, forKey: .isRemovable) ?? false)
    }
  }

  /// How a cue bears on the mentions around it.
  package enum Cue: String, Sendable, CaseIterable {
    /// Denies what follows: `no`, `without`, `resolution of`.
    case negationBefore
    /// Denies what went before: `is not seen`, `has resolved`.
    case negationAfter
    /// Takes out what follows, where it can be taken out: `removal of`.
    case removalBefore
    case removalAfter
    /// Doubts what follows: `possible`, `may represent`.
    case uncertainBefore
    case uncertainAfter
    /// Leaves open, whatever else is said: `cannot exclude`, `to rule out`.
    case openBefore
    case openAfter
    /// Turns a phrase round from inside: `heart is not enlarged`.
    case negationWithin
    /// Says later in the sentence that the denied thing is there after all: `one persists`.
    case anaphoricAffirmation
    case anaphoricDenial
    case anaphoricDoubt
    /// Names two of which one holds: `versus`.
    case alternative
    /// Tells of the past: `history of`, `prior`.
    case historyBefore
    /// Asks or supposes: `evaluate for`, `risk of`.
    case requestBefore
    /// Says of a thing of the past that it is still there: `persists`, `unchanged`.
    case affirmationAfter
    /// Holds a word of another cue without its meaning: `no change`, `not resolved`.
    case neutral
    /// Ends every scope: `but`, `;`.
    case boundary
    /// Ends the scope of a cue before it: `with`, `after`.
    case stop
    /// A finite verb: ends the scope of a negation before it.
    case verb
    /// A word that opens a new statement behind a comma or `and`: `there`, `small`.
    case opener
  }

  /// By the name of the column in training lists.
  package var findings: [String: Terms]
  /// By `Cue`.
  package var cues: [String: [String]]

  package init(findings: [String: Terms], cues: [String: [String]]) {
    self.findings = findings
    self.cues = cues
  }

  package init(from decoder: any Decoder) throws {
    let keyed = try decoder.container(keyedBy: CodingKeys.self)
    findings = try keyed.decodeIfPresent([String: Terms].self, forKey: .findings) ?? [:]
    cues = try keyed.decodeIfPresent([String: [String]].self, forKey: .cues) ?? [:]
  }

  /// The ten findings of CheXseg (Gadgil et al. 2021) in their order, then others by name.
  package var names: [String] {
    let known = Self.order.filter { findings[$0] != nil }
    return known + findings.keys.filter { !Self.order.contains($0) }.sorted()
  }

  package static let order = [
    "Enlarged Cardiomediastinum", "Cardiomegaly", "Lung Lesion", "Lung Opacity", "Edema",
    "Consolidation", "Atelectasis", "pneumothorax", "Pleural Effusion", "Support Devices",
  ]

  /// The words that ship with the program.
  package static let english = Lexicon(
    findings: LexiconTables.findings,
    cues: Dictionary(
      uniqueKeysWithValues: LexiconTables.cues.map { ($0.key.rawValue, $0.value) }))

  /// Adds the phrases of another lexicon; a finding of a new name becomes a new column.
  package func adding(_ other: Lexicon) -> Lexicon {
    var result = self
    for (name, terms) in other.findings {
      var own = result.findings[name] ?? Terms()
      own.present += terms.present
      own.absent += terms.absent
      own.uncertain += terms.uncertain
      own.ignored += terms.ignored
      own.isRemovable = own.isRemovable || terms.isRemovable
      result.findings[name] = own
    }
    for (cue, phrases) in other.cues { result.cues[cue, default: []] += phrases }
    return result
  }

  /// Reads a JSON file of this form. Throws `lexiconUnreadable`, or `lexiconCue` for a cue that
  /// does not exist.
  package static func read(_ path: String) throws -> Lexicon {
    guard let data = FileManager.default.contents(atPath: path), data.count <= 16 << 20,
      let lexicon = try? JSONDecoder().decode(Lexicon.self, from: data)
    else { throw ReportsError(.lexiconUnreadable) }
    guard lexicon.cues.keys.allSatisfy({ Cue(rawValue: $0) != nil }) else {
      throw ReportsError(.lexiconCue)
    }
    return lexicon
  }
}
