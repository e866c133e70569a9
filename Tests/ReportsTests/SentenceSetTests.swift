import Foundation
import Testing

import Reports

/// The labeller on the hand-labelled sentences.
@Suite struct SentenceSetTests {
  private static var path: String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Vectors/sentences.csv").path
  }

  private func measure(_ part: String) throws -> SentenceMeasure {
    try SentenceMeasure(CSVReader(path: Self.path), by: ReportLabeller(), part: part)
  }

  @Test func partsAreLargeAndApart() throws {
    #expect(
      Set(try SentenceMeasure.parts(of: CSVReader(path: Self.path))) == ["development", "held-out"])
    var list = try CSVReader(path: Self.path)
    var texts: Set<String> = []
    var count = 0
    while let row = try list.next() {
      texts.insert(row[2].lowercased())
      count += 1
    }
    #expect(count >= 300 && texts.count == count)
  }

  /// Floors below what was measured (docs/labels.md).
  @Test func developmentStaysWhereItWas() throws {
    let figures = try measure("development")
    #expect(figures.sentences == 312)
    for label in ReportLabel.allCases {
      #expect(try #require(figures.pooled(label).f1).value > 0.97, "\(label)")
      let own = figures.score("pneumothorax", label)
      #expect(try #require(own.precision).value > 0.97, "\(label)")
      #expect(try #require(own.recall).value > 0.97, "\(label)")
    }
  }

  @Test func theRestIsReadWithoutTuning() throws {
    let figures = try measure("held-out")
    #expect(figures.sentences == 155)
    for label in ReportLabel.allCases {
      #expect(try #require(figures.pooled(label).f1).value > 0.93, "\(label)")
      let own = figures.score("pneumothorax", label)
      #expect(try #require(own.f1).value > 0.93, "\(label)")
    }
  }

  @Test func countsAndIntervalsAreRight() throws {
    let list = """
      id,part,text,pneumothorax
      1,a,Pneumothorax.,1
      2,a,Pneumothorax.,0
      3,a,No pneumothorax.,u
      4,a,Nothing.,1
      5,a,Nothing.,
      6,b,Pneumothorax.,1

      """
    var rest = Array(list.utf8)
    let reader = try CSVReader {
      defer { rest = [] }
      return rest
    }
    let figures = try SentenceMeasure(
      reader, by: ReportLabeller(findings: ["pneumothorax"]), part: "a")
    #expect(figures.sentences == 5)
    #expect(figures.score("pneumothorax", .positive) == .init(hits: 1, missed: 1, wrong: 1))
    #expect(figures.score("pneumothorax", .negative) == .init(hits: 0, missed: 1, wrong: 1))
    #expect(figures.score("pneumothorax", .uncertain) == .init(hits: 0, missed: 1, wrong: 0))
    #expect(figures.differences.map(\.id) == ["2", "3", "4"])
    #expect(figures.score("pneumothorax", .uncertain).precision == nil)
    // Wilson's interval of 1 of 2 and of 5 of 10, from his formula by hand.
    let half = try #require(figures.score("pneumothorax", .positive).precision)
    #expect(half.value == 0.5 && abs(half.lower - 0.0945) < 1e-4 && abs(half.upper - 0.9055) < 1e-4)
    let ten = try #require(Proportion(5, of: 10))
    #expect(abs(ten.lower - 0.2366) < 1e-4 && abs(ten.upper - 0.7634) < 1e-4)
    // 2 hits, 1 missed, 1 wrong: F1 = 4 / 6.
    let score = SentenceMeasure.Score(hits: 2, missed: 1, wrong: 1)
    #expect(abs(try #require(score.f1).value - 2.0 / 3) < 1e-12)
  }

  @Test func unknownLabelsAreRefused() throws {
    var rest = Array("id,part,text,pneumothorax\n1,a,x,2\n".utf8)
    let reader = try CSVReader {
      defer { rest = [] }
      return rest
    }
    let labeller = try ReportLabeller(findings: ["pneumothorax"])
    #expect(throws: ReportsError(.labelValue, row: 2, column: 4)) {
      try SentenceMeasure(reader, by: labeller)
    }
  }
}
