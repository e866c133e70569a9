import Testing

import Reports

@Suite struct MadeReportsTests {
  /// Films 0..<count, every third with a pneumothorax; every seventh without a truth.
  private func truth(_ count: Int, _ head: String = "file,StudyInstanceUID,pneumothorax") throws
    -> CSVReader
  {
    var text = head + ",side,size_share\n"
    for index in 0..<count {
      let label = index % 7 == 6 ? "" : index % 3 == 0 ? "1" : "0"
      text += "\(index).dcm,2.25.\(index),\(label),\(label == "1" ? "right" : ""),0.3500\n"
    }
    return try reader(text)
  }

  private func reader(_ text: String) throws -> CSVReader {
    var rest = Array(text.utf8)
    return try CSVReader {
      defer { rest = [] }
      return rest
    }
  }

  private func rows(_ made: inout MadeReports) throws -> (reports: String, statements: String) {
    var (reports, statements) = (made.reportHead, made.statementHead)
    while let row = try made.next() {
      reports += row.report
      statements += row.statements
    }
    return (reports, statements)
  }

  /// Reports and statements read back: a report a film, a statement a known truth, and the labeller
  /// finds in the texts what the statements say.
  @Test func eachFilmHasOneReportThatSaysWhatIsStated() throws {
    let writer = ReportWriter(seed: 5, errorRate: 0.2, doubtRate: 0.1)
    var made = try MadeReports(truth(210), writer: writer)
    let (reports, statements) = try rows(&made)
    var labeller = try ReportLabeller()
    let place = try #require(labeller.findings.firstIndex(of: "pneumothorax"))
    var said = try reader(statements)
    #expect(said.header == ["StudyInstanceUID", "finding", "truth", "stated"])
    var table = try reader(reports)
    #expect(table.header == ["StudyInstanceUID", "report"])
    var (agreed, wrong, open, index) = (0, 0, 0, 0)
    while let report = try table.next() {
      #expect(report[0] == "2.25.\(index)")
      let label = labeller.labels(of: report[1])[place]
      if index % 7 == 6 {
        // Nobody knows: the text does not speak of it.
        #expect(label == nil)
      } else {
        let statement = try #require(try said.next())
        #expect(statement[0...2] == ["2.25.\(index)", "pneumothorax", index % 3 == 0 ? "1" : "0"])
        if label.map({ "\($0.rawValue)" }) == statement[3] { agreed += 1 }
        if statement[3] == "-1" { open += 1 } else if statement[3] != statement[2] { wrong += 1 }
      }
      index += 1
    }
    #expect(try said.next() == nil)
    let counts = try #require(made.counts["pneumothorax"])
    #expect(made.reports == 210 && index == 210)
    #expect(counts.present == 60 && counts.absent == 120 && counts.silent == 0)
    #expect(counts.wrong == wrong && counts.uncertain == open && wrong > 10 && open > 5)
    #expect(agreed > 174)
  }

  @Test func theWordsFollowSideAndSize() throws {
    let writer = ReportWriter(seed: 8, doubtRate: 0)
    var made = try MadeReports(
      reader("accession,pneumothorax,side,size_share\nA,1,right,0.45\nB,1,right,0.45\n"),
      writer: writer)
    let (reports, _) = try rows(&made)
    #expect(reports.lowercased().contains("right") && reports.lowercased().contains("large"))
    var again = try MadeReports(
      reader("accession,pneumothorax,side,size_share\nA,1,right,0.45\nB,1,right,0.45\n"),
      writer: writer)
    #expect(try rows(&again).reports == reports)
  }

  /// A list of pictures keeps its file names, having no other.
  @Test func filesNameFilmsWhereNothingElseDoes() throws {
    var made = try MadeReports(
      reader("file,pneumothorax\na.png,0\n"), writer: ReportWriter(seed: 1))
    #expect(try rows(&made).statements == "file,finding,truth,stated\na.png,pneumothorax,0,0\n")
  }

  @Test func tablesThatCannotBeUsedAreRefused() throws {
    let writer = ReportWriter(seed: 1)
    #expect(throws: ReportsError(.columnMissing)) {
      _ = try MadeReports(reader("pneumothorax\n1\n"), writer: writer)
    }
    #expect(throws: ReportsError(.columnMissing)) {
      _ = try MadeReports(reader("study,fracture\n1,1\n"), writer: writer)
    }
    #expect(throws: ReportsError(.labelValue, row: 3, column: 2)) {
      var made = try MadeReports(
        reader("study,pneumothorax\nA,1\nB,maybe\n"), writer: writer)
      while try made.next() != nil {}
    }
  }
}
