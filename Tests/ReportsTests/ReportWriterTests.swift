import Foundation
import Testing

import Reports

@Suite struct ReportWriterTests {
  private func findings(_ index: Int) -> [WrittenFinding] {
    Lexicon.order.enumerated().map { number, name in
      WrittenFinding(
        name, isPresent: (index >> (number % 5)) & 1 == 1,
        side: ReportSide.allCases[index % 3], size: ReportSize.allCases[index / 3 % 3])
    }
  }

  @Test func aReportFollowsFromSeedAndIndex() {
    let writer = ReportWriter(seed: 3, errorRate: 0.1)
    let once = (0..<50).map { writer.report(index: $0, findings: findings($0)) }
    let again = (0..<50).reversed().map { writer.report(index: $0, findings: findings($0)) }
    #expect(once == again.reversed())
    #expect(Set(once.map(\.text)).count == 50)
    #expect(ReportWriter(seed: 4).report(index: 0, findings: findings(0)).text != once[0].text)
  }

  /// Rates within four standard deviations of what was asked.
  @Test func errorsAndDoubtsComeAtTheirRates() {
    let seed = UInt64.random(in: 0...UInt64.max)
    let count = 4_000
    let writer = ReportWriter(seed: seed, errorRate: 0.07, doubtRate: 0.1)
    var wrong = 0
    var open = 0
    for index in 0..<count {
      let truth = WrittenFinding("pneumothorax", isPresent: index % 3 == 0)
      let report = writer.report(index: index, findings: [truth])
      let stated = report.stated["pneumothorax"]
      if report.wrong.contains("pneumothorax") {
        wrong += 1
        #expect(stated == (truth.isPresent ? .negative : .positive), "seed \(seed)")
      } else if stated == .uncertain {
        open += 1
      } else {
        #expect(stated == (truth.isPresent ? .positive : .negative), "seed \(seed)")
      }
    }
    for (found, rate) in [(wrong, 0.07), (open, 0.1)] {
      let deviation = (rate * (1 - rate) * Double(count)).squareRoot()
      #expect(abs(Double(found) - rate * Double(count)) < 4 * deviation, "seed \(seed)")
    }
  }

  @Test func sideAndSizeAreInTheText() {
    let writer = ReportWriter(seed: 9, doubtRate: 0)
    for index in 0..<60 {
      let truth = WrittenFinding("pneumothorax", isPresent: true, side: .right, size: .large)
      let text = writer.report(index: index, findings: [truth]).text.lowercased()
      let body = text.components(separatedBy: "findings: ")[1]
      #expect(body.contains("right") && body.contains("large"), "\(text)")
      #expect(!text.contains("{"))
    }
  }

  /// What the labeller reads in made reports is what they state.
  @Test func theLabellerReadsWhatIsStated() throws {
    var labeller = try ReportLabeller()
    let writer = ReportWriter(seed: 21, errorRate: 0.05, doubtRate: 0.1)
    var agreed = 0
    let count = 500
    for index in 0..<count {
      let report = writer.report(index: index, findings: findings(index))
      let labels = labeller.labels(of: report.text)
      for (name, label) in zip(labeller.findings, labels) where report.stated[name] == label {
        agreed += 1
      }
    }
    #expect(Double(agreed) / Double(count * 10) > 0.97)
  }
}
