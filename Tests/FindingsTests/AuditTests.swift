import Findings
import Foundation
import Testing

@Suite struct AuditTests {
  /// A store with one scored study that has a written object, and the folder of that object.
  private func scored() throws -> (StoreFixture, output: String) {
    let fixture = try StoreFixture()
    let store = try fixture.open()
    let study = try StoreFixture.study(
      try StoreFixture.arrive(store, try StoreFixture.instance(study: 1)).settlement)
    let output = fixture.folder.path + "/output"
    try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
    try Data("object".utf8).write(to: URL(fileURLWithPath: output + "/a.png"))
    let object = try OutputObject(
      kind: .preview, sopInstanceUID: nil, path: "a.png", below: output)
    try store.record(try StoreFixture.result(store, study: study, outputs: [object]))
    try store.close()
    return (fixture, output)
  }

  private func problems(
    _ fixture: StoreFixture, _ output: String
  ) throws -> Set<Balance.Problem.Code> {
    let balance = try fixture.open(.read).audit(outputFolder: output)
    #expect(balance.isBalanced == balance.problems.isEmpty)
    return Set(balance.problems.map(\.code))
  }

  @Test func anUntouchedStoreBalances() throws {
    let (fixture, output) = try scored()
    #expect(try problems(fixture, output) == [])
    let balance = try fixture.open(.read).audit(outputFolder: output)
    #expect((balance.discovered, balance.total, balance.outputs) == (1, 1, 1))
  }

  @Test(arguments: [
    ("UPDATE finding SET probability = 0.1", Balance.Problem.Code.findingDigest),
    ("UPDATE finding SET side = 'right'", .findingDigest),
    ("UPDATE region SET centroidX = 5", .findingDigest),
    ("DELETE FROM region", .findingDigest),
    ("DELETE FROM runInstance", .scoredWithoutRun),
    ("UPDATE file SET sha256 = 'other'", .scoredWithoutRun),
    ("UPDATE file SET state = 'skipped', reason = NULL", .missingReason),
    ("UPDATE file SET state = 'duplicate'", .duplicateWithoutOriginal),
    ("DELETE FROM instance; DELETE FROM file", .lostFile),
    (
      "INSERT INTO file (path, byteCount, modified, state, discoveredAt) VALUES ('x',1,1,'pending','')",
      .undiscoveredFile
    ),
    ("DELETE FROM run", .foreignKey),
    ("UPDATE outputObject SET sha256 = 'other'", .outputChanged),
    ("UPDATE outputObject SET path = 'b.png'", .outputMissing),
  ])
  func tamperingIsFound(_ sql: String, _ expected: Balance.Problem.Code) throws {
    let (fixture, output) = try scored()
    try fixture.tamper(sql)
    #expect(try problems(fixture, output).contains(expected))
  }

  @Test func aChangedOrLostObjectIsFound() throws {
    let (fixture, output) = try scored()
    let url = URL(fileURLWithPath: output + "/a.png")
    try Data("0bject".utf8).write(to: url)
    #expect(try problems(fixture, output) == [.outputChanged])
    try FileManager.default.removeItem(at: url)
    #expect(try problems(fixture, output) == [.outputMissing])
  }

  @Test func aFileThatTheLedgerDoesNotKnowIsFound() throws {
    let (fixture, output) = try scored()
    let store = try fixture.open(.read)
    let known = FileIdentity(path: "/inbox/1-1", byteCount: 100, modified: 1_000)
    let stranger = FileIdentity(path: "/inbox/1-1", byteCount: 101, modified: 1_000)
    #expect(try store.audit(outputFolder: output, listing: [known]).isBalanced)
    let balance = try store.audit(outputFolder: output, listing: [known, stranger])
    #expect(balance.problems.map(\.description) == ["file-not-in-ledger: listing 2"])
  }

  @Test func eventsCannotBeChanged() throws {
    let (fixture, _) = try scored()
    #expect(throws: (any Error).self) { try fixture.tamper("DELETE FROM event") }
    #expect(throws: (any Error).self) { try fixture.tamper("UPDATE event SET kind = 'x'") }
  }
}
