/// Sentences of a piece of text, each as its words.
///
/// A sentence ends at a full stop, exclamation or question mark before a blank or the end, at an
/// empty line, and before an item of a list. No end: a decimal point, an abbreviation ("Dr.",
/// "vs.", "approx."), the number of a list item ("2."), "a.m." before a small letter. A word is a
/// run of letters and digits in lower case; `, ; : ? / ( ) -` are words of their own, the hyphen
/// only where it stands free.
package enum ReportSentences {
  private static let abbreviations: Set<String> = [
    "dr", "mr", "mrs", "ms", "prof", "vs", "approx", "ca", "cf", "fig", "st", "resp", "eg", "ie",
    "e.g", "i.e", "incl", "pt", "hx", "no", "nr", "min", "max", "ant", "post", "lat", "sup", "inf",
  ]
  /// End a sentence all the same when a capital follows.
  private static let weak: Set<String> = ["a.m", "p.m", "no", "pt", "st", "post", "lat", "max"]

  /// Words of one sentence; a text without full stops is cut.
  package static let longest = 300

  package static func split(_ piece: ArraySlice<UInt8>) -> [[[UInt8]]] {
    let bytes = plain(piece)
    var sentences: [[[UInt8]]] = []
    func add(_ text: ArraySlice<UInt8>) {
      let words = words(of: text)
      // The work on a sentence grows with the square of its length.
      for first in stride(from: 0, to: words.count, by: longest) {
        let part = Array(words[first..<min(first + longest, words.count)])
        if part.contains(where: { $0[0].isLetter }) { sentences.append(part) }
      }
    }
    var start = 0
    for place in bytes.indices where isEnd(place, from: start, bytes) {
      add(bytes[start...place])
      start = place + 1
    }
    add(bytes[start...])
    return sentences
  }

  /// Typographic quotes, dashes and blanks as their ASCII forms.
  private static func plain(_ piece: ArraySlice<UInt8>) -> [UInt8] {
    guard piece.contains(where: { $0 >= 0x80 }) else { return Array(piece) }
    var result: [UInt8] = []
    result.reserveCapacity(piece.count)
    var text = piece
    while let byte = text.first {
      let head = Array(text.prefix(3))
      switch (byte, head.dropFirst().first, head.dropFirst(2).first) {
      case (0xE2, 0x80, 0x90), (0xE2, 0x80, 0x91): result.append(0x2D)
      case (0xE2, 0x80, 0x93), (0xE2, 0x80, 0x94): result += Array(" - ".utf8)
      case (0xE2, 0x80, 0x98), (0xE2, 0x80, 0x99): result.append(0x27)
      case (0xE2, 0x80, 0xA2): result += Array("\n- ".utf8)
      case (0xC2, 0xA0, _):
        result.append(0x20)
        text = text.dropFirst(2)
        continue
      default:
        result.append(byte)
        text = text.dropFirst()
        continue
      }
      text = text.dropFirst(3)
    }
    return result
  }

  private static func isEnd(_ place: Int, from start: Int, _ bytes: [UInt8]) -> Bool {
    let next = place + 1 < bytes.count ? bytes[place + 1] : 0x20
    switch bytes[place] {
    case 0x21: return next.isBlank
    case 0x3F: return next.isBlank && place > 0 && bytes[place - 1].isLetter
    case 0x2E: return next.isBlank && isFullStop(place, from: start, bytes)
    case 0x0A: return isBreak(after: place, bytes)
    default: return false
    }
  }

  private static func isFullStop(_ place: Int, from start: Int, _ bytes: [UInt8]) -> Bool {
    var first = place
    while first > start,
      bytes[first - 1].isLetter || bytes[first - 1].isDigit
        || bytes[first - 1] == 0x2E
    { first -= 1 }
    let word = bytes[first..<place]
    if word.isEmpty { return true }
    if word.allSatisfy(\.isDigit) {
      // "2." at the start is the number of an item; "measures 2." ends a sentence.
      return !bytes[start..<first].allSatisfy { $0.isBlank || $0 == 0x28 }
    }
    let text = String(decoding: word.map(\.lowercased), as: UTF8.self)
    let follower = bytes[(place + 1)...].first { !$0.isBlank }
    if weak.contains(text) { return follower.map { $0.isCapital || $0.isDigit } ?? true }
    return !abbreviations.contains(text)
  }

  /// An empty line, or the start of a list item on the next line.
  private static func isBreak(after place: Int, _ bytes: [UInt8]) -> Bool {
    var next = place + 1
    while next < bytes.count, bytes[next] == 0x20 || bytes[next] == 0x09 || bytes[next] == 0x0D {
      next += 1
    }
    guard next < bytes.count else { return true }
    if bytes[next] == 0x0A || bytes[next] == 0x2A { return true }
    if bytes[next] == 0x2D { return next + 1 < bytes.count && bytes[next + 1].isBlank }
    var digits = next
    while digits < bytes.count, bytes[digits].isDigit, digits - next < 2 { digits += 1 }
    return digits > next && digits + 1 < bytes.count
      && (bytes[digits] == 0x2E || bytes[digits] == 0x29) && bytes[digits + 1].isBlank
  }

  static func words(of text: ArraySlice<UInt8>) -> [[UInt8]] {
    var words: [[UInt8]] = []
    var word: [UInt8] = []
    func isInside(_ place: Int) -> Bool {
      place > text.startIndex && place + 1 < text.endIndex && text[place - 1].isDigit
        && text[place + 1].isDigit
    }
    for place in text.indices {
      let byte = text[place]
      if byte.isLetter || byte.isDigit || byte == 0x2E && isInside(place) {
        word.append(byte.lowercased)
        continue
      }
      if byte == 0x27 { continue }
      if !word.isEmpty { words.append(word) }
      word = []
      let isFree = place == text.startIndex || text[place - 1].isBlank
      if byte == 0x2D ? isFree && !words.isEmpty : marks.contains(byte) { words.append([byte]) }
    }
    if !word.isEmpty { words.append(word) }
    return words
  }

  private static let marks = Array(",;:?/()".utf8)
}
