import Findings
import Foundation
import GRDB
import Testing

@Suite struct QueryTests {
  private func store(_ fixture: StoreFixture) throws -> FindingsStore {
    let store = try fixture.open()
    for number in 1...4 {
      let instance = try StoreFixture.instance(
        study: number, modality: number == 4 ? "CT" : "DX")
      let study = try StoreFixture.study(try StoreFixture.arrive(store, instance).settlement)
      try store.record(
        try StoreFixture.result(store, study: study, probability: Double(number) / 5))
    }
    return store
  }

  @Test func filtersNarrow() throws {
    let fixture = try StoreFixture()
    let store = try store(fixture)
    func count(_ edit: (inout FindingsQuery) -> Void) throws -> Int {
      var query = FindingsQuery()
      edit(&query)
      return try store.findings(query).count
    }
    #expect(try count { _ in } == 4)
    #expect(try count { $0.label = "pneumothorax" } == 4)
    #expect(try count { $0.label = "nodule" } == 0)
    #expect(try count { $0.minimumProbability = 0.6 } == 2)
    #expect(try count { $0.maximumProbability = 0.2 } == 1)
    #expect(try count { $0.side = .left } == 4)
    #expect(try count { $0.side = .right } == 0)
    #expect(
      try count {
        $0.fromStudyDate = "20260102"; $0.toStudyDate = "20260103"
      } == 2)
    #expect(try count { $0.modality = "CT" } == 1)
    #expect(try count { $0.modality = "C" } == 0)
    #expect(try count { $0.model = "ptx@1" } == 4)
    #expect(try count { $0.model = "ptx@2" } == 0)
    #expect(try count { $0.positiveOnly = true } == 2)
    #expect(try count { $0.limit = 3 } == 3)
    #expect(try store.findings().map(\.probability) == [0.8, 0.6, 0.4, 0.2])
  }

  @Test func theViewsAnswerPlainSQL() throws {
    let fixture = try StoreFixture()
    try store(fixture).close()
    let queue = try DatabaseQueue(path: fixture.path)
    let rows = try queue.read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT studyInstanceUID, studyID, label, probability, side FROM latestFinding
          WHERE probability > 0.5 ORDER BY probability DESC
          """)
    }
    #expect(rows.map { $0["studyInstanceUID"] as String } == ["2.25.4", "2.25.3"])
    let list = try queue.read { try Row.fetchAll($0, sql: "SELECT * FROM worklist") }
    #expect(list.count == 4)
    #expect(Set(list.map { $0["probability"] as Double }) == [0.2, 0.4, 0.6, 0.8])
  }

  @Test func csvFollowsRFC4180() {
    let table = TextTable(
      columns: ["a", "b,c"],
      rows: [
        [.text("plain"), .text("say \"hi\"\r\nnow")], [.empty, .number(0.5)],
        [.text("=1+1"), .truth(true)], [.text("-5"), .integer(7)],
      ])
    #expect(
      table.csv
        == "a,\"b,c\"\r\nplain,\"say \"\"hi\"\"\r\nnow\"\r\n,0.5\r\n'=1+1,true\r\n-5,7\r\n")
  }

  @Test func jsonCanBeReadBack() throws {
    let text = "quote \" back\\slash \u{1} new\nline é"
    let table = TextTable(
      columns: ["a", "n", "x"],
      rows: [[.text(text), .number(0.125), .empty], [.truth(false), .integer(3), .number(2)]])
    let parsed = try JSONSerialization.jsonObject(with: Data(table.json.utf8))
    let rows = try #require(parsed as? [[String: Any]])
    #expect(rows[0]["a"] as? String == text)
    #expect(rows[0]["n"] as? Double == 0.125)
    #expect(rows[0]["x"] is NSNull)
    #expect(rows[1]["n"] as? Int == 3)
    #expect(TextTable(columns: ["a"]).json == "[]\n")
  }

  @Test func thePlainTableLinesUp() {
    let table = TextTable(
      columns: ["name", "p"], rows: [[.text("a\u{1B}b"), .number(0.5)], [.empty, .number(12)]])
    #expect(table.plain == "name  p\na b    0.500\n-     12.000\n")
  }
}
