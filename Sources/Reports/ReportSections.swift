/// Parts of a report, and which of them speak of this examination.
///
/// A known heading stands at the start of a line or sentence and ends with a colon, or is in
/// capitals; a heading in capitals may also be a line by itself. What is under INDICATION, HISTORY,
/// COMPARISON, TECHNIQUE and the like does not count. Such a section ends at the next heading, or
/// at an empty line behind it, because many reports then go on without a heading. Text before the
/// first heading counts. Headings of organs ("Pleura:") are kept as text.
package enum ReportSections {
  private enum Heading {
    case counted
    case excluded
    case organ
  }

  private static let headings: [String: Heading] = {
    var table: [String: Heading] = [:]
    for name in [
      "findings", "finding", "impression", "impressions", "conclusion", "conclusions", "report",
      "interpretation", "opinion", "summary", "result", "results", "assessment", "addendum",
      "findings and impression", "findings/impression", "final report", "preliminary report",
      "recommendation", "recommendations", "comment", "comments",
    ] { table[name] = .counted }
    for name in [
      "indication", "indications", "clinical indication", "history", "clinical history",
      "clinical information", "clinical data", "clinical details", "clinical statement",
      "clinical question", "reason", "reason for exam", "reason for examination",
      "reason for study", "reason for the exam", "reason for this exam",
      "reason for this examination", "reason for request", "question", "comparison",
      "comparisons", "compared to", "technique", "exam", "examination", "study", "procedure",
      "type of exam", "views", "history of present illness", "past medical history", "diagnosis",
      "admitting diagnosis", "underlying medical condition", "medical condition", "request",
    ] { table[name] = .excluded }
    for name in [
      "lungs", "lung", "lungs and airways", "lungs and pleura", "lungs/pleura", "airways",
      "pleura", "pleural spaces", "pleural space", "heart", "cardiac", "heart and mediastinum",
      "heart/mediastinum", "mediastinum", "cardiomediastinum", "cardiomediastinal silhouette",
      "bones", "soft tissues", "bones and soft tissues", "lines and tubes", "lines/tubes",
      "tubes and lines", "tubes/lines", "support devices", "devices", "lines", "tubes", "other",
      "pneumothorax", "effusion", "pleural effusion", "vasculature", "upper abdomen", "chest",
    ] { table[name] = .organ }
    return table
  }()

  /// The text that counts, in pieces; a piece never joins text from both sides of a heading.
  package static func counted(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var counts = true
    var start = 0
    var place = 0
    var hasText = false
    func close(at end: Int) {
      if counts, end > start { pieces.append(bytes[start..<end]) }
    }
    while place < bytes.count {
      if isPlaceOfHeading(place, bytes), let (kind, end) = heading(at: place, bytes) {
        close(at: place)
        counts = kind != .excluded
        start = kind == .organ ? place : end
        hasText = false
        place = end
      } else if !counts, hasText, isEmptyLine(place, bytes) {
        counts = true
        start = place
        place += 1
      } else {
        hasText = hasText || !bytes[place].isBlank
        place += 1
      }
    }
    close(at: bytes.count)
    return pieces
  }

  /// At a letter that begins a word.
  private static func isPlaceOfHeading(_ place: Int, _ bytes: [UInt8]) -> Bool {
    guard bytes[place].isLetter else { return false }
    return place == 0 || bytes[place - 1].isBlank || bytes[place - 1] == 0x2A
  }

  private static func isEmptyLine(_ place: Int, _ bytes: [UInt8]) -> Bool {
    guard bytes[place] == 0x0A else { return false }
    var next = place + 1
    while next < bytes.count, bytes[next] == 0x20 || bytes[next] == 0x09 || bytes[next] == 0x0D {
      next += 1
    }
    return next < bytes.count && bytes[next] == 0x0A
  }

  /// Whether a line or a sentence begins at a place.
  private static func isStart(_ place: Int, _ bytes: [UInt8]) -> Bool {
    var before = place - 1
    while before >= 0, bytes[before] == 0x20 || bytes[before] == 0x2A { before -= 1 }
    guard before >= 0 else { return true }
    return [0x0A, 0x0D, 0x2E, 0x3A, 0x3B, 0x3F, 0x21].contains(bytes[before])
  }

  private static func heading(at place: Int, _ bytes: [UInt8]) -> (Heading, end: Int)? {
    var name: [UInt8] = []
    var end = place
    while end < bytes.count, end - place < 40, bytes[end].isHeadingByte {
      name.append(bytes[end].lowercased)
      end += 1
    }
    let hasColon = end < bytes.count && bytes[end] == 0x3A
    guard hasColon || end == bytes.count || bytes[end] == 0x0A || bytes[end] == 0x0D else {
      return nil
    }
    while name.last == 0x20 { name.removeLast() }
    guard !name.isEmpty, let kind = headings[String(decoding: name, as: UTF8.self)] else {
      return nil
    }
    let isCapital = bytes[place..<place + name.count].allSatisfy { $0 == $0.uppercased }
    if hasColon {
      guard isCapital || isStart(place, bytes) else { return nil }
      return (kind, end + 1)
    }
    // Without a colon: a line by itself, in capitals.
    guard isCapital, kind != .organ, place == 0 || bytes[place - 1] == 0x0A else { return nil }
    return (kind, end)
  }
}

extension UInt8 {
  var isLetter: Bool {
    (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self) || self >= 0x80
  }
  var isDigit: Bool { (0x30...0x39).contains(self) }
  var isBlank: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
  var isCapital: Bool { (0x41...0x5A).contains(self) }
  var lowercased: UInt8 { isCapital ? self + 0x20 : self }
  var uppercased: UInt8 { (0x61...0x7A).contains(self) ? self - 0x20 : self }
  fileprivate var isHeadingByte: Bool { isLetter && self < 0x80 || self == 0x20 || self == 0x2F }
}
