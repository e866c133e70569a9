import Findings
import Foundation
import GRDB
import Testing

/// The store keeps what a model says of its scores, and stores from before the column are read.
@Suite struct ExperimentalTests {
  /// A store with one scored study, and the folder of its outputs.
  private func scored(_ stated: Bool?) throws -> StoreFixture {
    let fixture = try StoreFixture()
    let store = try fixture.open()
    let study = try StoreFixture.study(
      try StoreFixture.arrive(store, try StoreFixture.instance(study: 1)).settlement)
    var result = try StoreFixture.result(store, study: study)
    result.findings[0].isExperimental = stated
    try store.record(result)
    try store.close()
    return fixture
  }

  /// The store as migration 1 left it. The views are bare: reading does not use them.
  private func makeOld(_ fixture: StoreFixture) throws {
    try fixture.tamper(
      """
      DROP VIEW worklist; DROP VIEW latestFinding;
      ALTER TABLE finding DROP COLUMN experimental;
      CREATE VIEW latestFinding AS SELECT * FROM finding;
      CREATE VIEW worklist AS SELECT * FROM study;
      DELETE FROM grdb_migrations WHERE identifier = '2'
      """)
  }

  private func hasWrongDigest(_ fixture: StoreFixture) throws -> Bool {
    let balance = try fixture.open(.read).audit(outputFolder: fixture.folder.path)
    return balance.problems.contains { $0.code == .findingDigest }
  }

  @Test(arguments: [nil, false, true] as [Bool?])
  func whatIsStatedComesBack(_ stated: Bool?) throws {
    let fixture = try scored(stated)
    let rows = try fixture.open(.read).findings()
    #expect(rows.map(\.isExperimental) == [stated])
    let queue = try DatabaseQueue(path: fixture.path)
    for view in ["latestFinding", "worklist"] {
      let row = try queue.read { try Row.fetchOne($0, sql: "SELECT * FROM \(view)") }
      #expect(try #require(row)["experimental"] as Bool? == stated)
    }
    #expect(try !hasWrongDigest(fixture))
  }

  @Test(
    arguments: [
      (nil, "1"), (nil, "0"), (true, "0"), (true, "NULL"), (false, "1"), (false, "NULL"),
    ] as [(Bool?, String)])
  func aChangedStatementIsFound(_ stated: Bool?, _ changed: String) throws {
    let fixture = try scored(stated)
    try fixture.tamper("UPDATE finding SET experimental = \(changed)")
    #expect(try hasWrongDigest(fixture))
  }

  @Test func tablesShowIt() throws {
    for stated in [nil, false, true] as [Bool?] {
      let rows = try scored(stated).open(.read).findings()
      let full = FindingsTable.full(rows)
      let parsed = try JSONSerialization.jsonObject(with: Data(full.json.utf8))
      let object = try #require((parsed as? [[String: Any]])?.first)
      #expect(object.keys.contains("experimental") && object["experimental"] as? Bool == stated)
      let lines = full.csv.components(separatedBy: "\r\n")
      #expect(lines[0].hasSuffix(",experimental"))
      #expect(lines[1].hasSuffix("," + (stated.map { "\($0)" } ?? "")))
      let words = FindingsTable.short(rows).plain.split(separator: "\n").map {
        $0.split(separator: " ").map(String.init)
      }
      let column = try #require(words[0].firstIndex(of: "experimental"))
      #expect(words[1][column] == (stated.map { $0 ? "yes" : "no" } ?? "-"))
    }
  }

  /// Reading changes nothing and needs no newer store; writing brings it up to date, and digests
  /// stay what they were.
  @Test func anOlderStoreIsReadAndBroughtUpToDate() throws {
    let fixture = try scored(nil)
    let lines = try fixture.open(.read).canonicalLines()
    try makeOld(fixture)
    let before = try fixture.open(.read)
    #expect(try before.findings().map(\.isExperimental) == [nil])
    #expect(try before.worklistStudies().count == 1)
    #expect(try before.canonicalLines() == lines)
    #expect(try !hasWrongDigest(fixture))
    try before.close()
    try fixture.open().close()
    let after = try fixture.open(.read)
    #expect(try after.canonicalLines() == lines)
    #expect(try after.findings().map(\.isExperimental) == [nil])
    #expect(try !hasWrongDigest(fixture))
    let queue = try DatabaseQueue(path: fixture.path)
    let view = try queue.read { try Row.fetchOne($0, sql: "SELECT * FROM worklist") }
    #expect(try #require(view)["probability"] as Double == 0.9)
    #expect(try #require(view)["experimental"] as Bool? == nil)
  }
}
