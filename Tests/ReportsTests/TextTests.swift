import Testing

import Reports

/// Sections and sentences.
@Suite struct TextTests {
  private func sentences(_ report: String) -> [String] {
    ReportSections.counted(Array(report.utf8)).flatMap { ReportSentences.split($0) }.map { words in
      words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    }
  }

  @Test func onlySectionsOfThisExaminationCount() {
    #expect(
      sentences("INDICATION: Pain.\nFINDINGS: Clear.\nIMPRESSION: Normal.") == ["clear", "normal"])
    #expect(sentences("Clinical history: old tumor. Findings: clear.") == ["clear"])
    #expect(sentences("HISTORY\nold tumor\nFINDINGS\nclear") == ["clear"])
    #expect(sentences("rule out PTX FINDINGS: clear") == ["rule out ptx", "clear"])
    #expect(sentences("Comparison: None.\n\nThe lungs are clear.") == ["the lungs are clear"])
    #expect(sentences("TECHNIQUE: one\nview\n\n\nPleura: dry.") == ["pleura : dry"])
    #expect(sentences("History: cough. Pleura: dry.") == ["pleura : dry"])
    #expect(sentences("Comparison is made to an old film.").count == 1)
    #expect(sentences("INDICATION: all of it").isEmpty)
  }

  @Test func sentencesEndWhereTheyEnd() {
    #expect(
      sentences("A 1.2 cm nodule. Dr. Who was told at 10.15 a.m. No change vs. before.") == [
        "a 1.2 cm nodule", "dr who was told at 10.15 a m", "no change vs before",
      ])
    #expect(
      sentences("1. One thing.\n2. Another\n3) third") == ["1 one thing", "2 another", "3 ) third"])
    #expect(sentences("- first\n- second") == ["first", "second"])
    #expect(sentences("wrapped\nover lines.\nNext") == ["wrapped over lines", "next"])
    #expect(sentences("Effusion? Small.") == ["effusion ?", "small"])
    #expect(sentences("No.") == ["no"])
    #expect(
      sentences("right-sided\u{2014}small, can\u{2019}t tell") == [
        "right sided - small , cant tell"
      ])
    #expect(sentences("measures 2.\nThen more").count == 2)
    let endless = String(repeating: "word ", count: 2 * ReportSentences.longest + 1)
    #expect(sentences(endless).count == 3)
    #expect(sentences("").isEmpty)
    #expect(sentences("... 12. !").isEmpty)
  }
}
