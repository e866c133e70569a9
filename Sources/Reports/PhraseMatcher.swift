/// Finds many phrases at once in a row of words; see `Lexicon` for the form of a phrase.
///
/// Every distinct set of alternatives (`heart|cardiac`) is one class; a word carries the set of
/// classes that it belongs to, worked out when it is first met.
struct PhraseMatcher: Sendable {
  enum Step: Sendable {
    case word(Int)
    case gap(Int)
    case end
  }

  /// A phrase found at `range` of the words.
  struct Match: Sendable {
    let phrase: Int
    let range: Range<Int>
    /// Steps that are words: the more, the more is meant.
    let weight: Int
  }

  /// The classes of one word, and the phrases that may begin with it.
  struct Word: Sendable {
    fileprivate(set) var classes: [UInt64]
    fileprivate(set) var starts: [Int]
    var isPunctuation = false
    var isConjunction = false
    var mark = Mark.none
  }

  /// Words that scopes ask for by themselves.
  enum Mark: Sendable {
    case none
    case comma
    case and
    case or
    case purpose
  }

  private(set) var phrases: [[Step]] = []
  private var alternatives: [[Alternative]] = []
  private var numbers: [String: Int] = [:]
  private var startsOfClass: [[Int]] = []

  private struct Alternative: Sendable {
    let text: [UInt8]
    let isPrefix: Bool
  }

  /// Adds a phrase and returns its number. Throws `lexiconPhrase` when it holds no word, or begins
  /// or ends with a gap.
  mutating func add(_ phrase: String) throws -> Int {
    var steps: [Step] = []
    for part in phrase.split(separator: " ") {
      if part == "$" {
        steps.append(.end)
      } else if part.hasPrefix("~") {
        guard let count = Int(part.dropFirst()), (1...20).contains(count), !steps.isEmpty else {
          throw ReportsError(.lexiconPhrase)
        }
        steps.append(.gap(count))
      } else {
        steps.append(.word(try classNumber(of: String(part))))
      }
    }
    guard case .word(let first)? = steps.first else { throw ReportsError(.lexiconPhrase) }
    if case .gap? = steps.last { throw ReportsError(.lexiconPhrase) }
    phrases.append(steps)
    startsOfClass[first].append(phrases.count - 1)
    return phrases.count - 1
  }

  private mutating func classNumber(of part: String) throws -> Int {
    if let known = numbers[part] { return known }
    let list = try part.split(separator: "|", omittingEmptySubsequences: false).map { text in
      let isPrefix = text.hasSuffix("*")
      let stem = Array((isPrefix ? text.dropLast() : text).utf8)
      guard !stem.isEmpty, !stem.contains(where: { (0x41...0x5A).contains($0) || $0 == 0x2A })
      else { throw ReportsError(.lexiconPhrase) }
      return Alternative(text: stem, isPrefix: isPrefix)
    }
    alternatives.append(list)
    startsOfClass.append([])
    numbers[part] = alternatives.count - 1
    return alternatives.count - 1
  }

  /// What the matcher knows of a word (lower-case UTF-8).
  func word(_ text: [UInt8]) -> Word {
    var result = Word(classes: Array(repeating: 0, count: alternatives.count / 64 + 1), starts: [])
    for (number, list) in alternatives.enumerated() {
      let fits = list.contains { $0.isPrefix ? text.starts(with: $0.text) : text == $0.text }
      guard fits else { continue }
      result.classes[number / 64] |= 1 << UInt64(number % 64)
      result.starts += startsOfClass[number]
    }
    result.isPunctuation = text.count == 1 && Self.punctuation.contains(text[0])
    result.isConjunction = Self.conjunctions.contains { text == Array($0.utf8) }
    result.mark = Self.marks[text] ?? .none
    return result
  }

  private static let marks: [[UInt8]: Mark] = [
    Array(",".utf8): .comma, Array("and".utf8): .and, Array("or".utf8): .or,
    Array("nor".utf8): .or, Array("suggest".utf8): .purpose, Array("indicate".utf8): .purpose,
  ]
  private static let punctuation = Array(",;:?/()-".utf8)
  private static let conjunctions = ["and", "but", "or", "nor", "with", "while", "although"]

  /// All phrases at all places; the shortest reading of each phrase at each place.
  func matches(in words: [Word]) -> [Match] {
    var found: [Match] = []
    for start in words.indices {
      for phrase in words[start].starts {
        let steps = phrases[phrase]
        guard let end = end(of: steps[...], at: start, in: words) else { continue }
        let weight = steps.count { if case .gap = $0 { false } else { true } }
        found.append(Match(phrase: phrase, range: start..<end, weight: weight))
      }
    }
    return found
  }

  private func end(of steps: ArraySlice<Step>, at place: Int, in words: [Word]) -> Int? {
    guard let step = steps.first else { return place }
    let rest = steps.dropFirst()
    switch step {
    case .end:
      guard place >= words.count || words[place].isPunctuation else { return nil }
      return end(of: rest, at: place, in: words)
    case .word(let number):
      guard place < words.count,
        words[place].classes[number / 64] >> UInt64(number % 64) & 1 == 1
      else { return nil }
      return end(of: rest, at: place + 1, in: words)
    case .gap(let count):
      for skipped in 0...count {
        if let end = end(of: rest, at: place + skipped, in: words) { return end }
        guard place + skipped < words.count, !words[place + skipped].isPunctuation,
          !words[place + skipped].isConjunction
        else { return nil }
      }
      return nil
    }
  }
}
