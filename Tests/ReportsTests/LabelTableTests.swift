import Testing

import Reports

@Suite struct LabelTableTests {
  private static let text = """
    accession,age,Report,file
    A1,70,"No pneumothorax.
    Small effusion.",a.dcm
    "A,2",71,Possible pneumothorax.,b.dcm
    A3,72,,c.dcm

    """

  private func table(
    _ text: String = text, findings: [String] = ["pneumothorax", "Pleural Effusion"],
    _ edit: (inout LabelTable.Options) -> Void = { _ in }
  ) throws -> LabelTable {
    var options = LabelTable.Options()
    edit(&options)
    var rest = Array(text.utf8)
    let reader = try CSVReader {
      defer { rest = [] }
      return rest
    }
    return try LabelTable(
      reader, labeller: ReportLabeller(findings: findings), options: options)
  }

  private func lines(_ table: LabelTable) throws -> (lines: [String], counts: LabelCounts) {
    var table = table
    var lines = [table.head]
    while let row = try table.next() { lines.append(row.line) }
    return (lines, table.counts)
  }

  @Test func identifiersAndLabelsAreWritten() throws {
    let (lines, counts) = try lines(table())
    #expect(
      lines == [
        "accession,file,pneumothorax,Pleural Effusion\n", "A1,a.dcm,0,1\n", "\"A,2\",b.dcm,-1,\n",
        "A3,c.dcm,,\n",
      ])
    #expect(counts.rows == 3 && counts.emptyReports == 1)
    #expect(counts.count(0, .negative) == 1 && counts.count(0, .uncertain) == 1)
    #expect(counts.count(0, nil) == 1 && counts.count(1, .positive) == 1)
  }

  @Test(arguments: [
    (UncertainPolicy.keep, "-1"), (.positive, "1"), (.negative, "0"), (.drop, ""),
  ])
  func uncertainLabelsFollowThePolicy(_ policy: UncertainPolicy, _ cell: String) throws {
    let (lines, counts) = try lines(table(findings: ["pneumothorax"]) { $0.uncertain = policy })
    #expect(lines[2] == "\"A,2\",b.dcm,\(cell)\n")
    // The counts tell what the reports say.
    #expect(counts.count(0, .uncertain) == 1)
  }

  @Test func jsonLinesHoldTheSame() throws {
    let (lines, _) = try lines(
      table {
        $0.json = true
        $0.idColumns = ["accession"]
      })
    #expect(lines[0].isEmpty)
    #expect(
      lines[2] == "{\"type\":\"labels\",\"row\":3,\"ids\":{\"accession\":\"A,2\"},"
        + "\"labels\":{\"pneumothorax\":-1,\"Pleural Effusion\":null}}\n")
    #expect(JSONText.of("a\"\\\n") == "\"a\\\"\\\\\\u000a\"")
  }

  @Test func missingColumnsAreRefused() {
    #expect(throws: ReportsError(.columnMissing)) { try table("file,words\n") }
    #expect(throws: ReportsError(.columnMissing)) { try table("name,report\n") }
    #expect(throws: ReportsError(.columnMissing)) { try table { $0.textColumn = "none" } }
    #expect(throws: ReportsError(.columnMissing)) { try table { $0.idColumns = ["none"] } }
    #expect(throws: ReportsError(.columnTwice, row: 1, column: 1)) {
      try table("pneumothorax,report\n") { $0.idColumns = ["pneumothorax"] }
    }
  }

  @Test func errorsTellPlacesAndNoValues() throws {
    var table = try table("id,report\n1,Zzcanary\n2\n")
    _ = try table.next()
    let error = #expect(throws: ReportsError.self) { _ = try table.next() }
    #expect(error == ReportsError(.fieldCount, row: 3, column: 1))
    #expect(error?.description == "field-count-differs-from-header, row 3, column 1")
  }
}
