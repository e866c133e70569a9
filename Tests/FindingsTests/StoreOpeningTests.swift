import Findings
import Foundation
import GRDB
import Testing

@Suite struct StoreOpeningTests {
  private func code(_ body: () throws -> Void) -> StoreError.Code? {
    do {
      try body()
      return nil
    } catch {
      return (error as? StoreError)?.code
    }
  }

  @Test func aSecondWriterIsRefusedAndAReaderIsNot() throws {
    let fixture = try StoreFixture()
    let first = try fixture.open()
    #expect(code { _ = try fixture.open() } == .locked)
    #expect(StoreError(.locked).exitCode == 11)
    let reader = try fixture.open(.read)
    #expect(try reader.findings().isEmpty)
    try first.close()
    withExtendedLifetime(first) {}
  }

  @Test func theLockGoesWithItsHolder() throws {
    let fixture = try StoreFixture()
    do { _ = try fixture.open() }
    #expect(code { _ = try fixture.open() } == nil)
  }

  @Test func aMissingStoreIsNotMadeByReading() throws {
    let fixture = try StoreFixture()
    #expect(code { _ = try fixture.open(.read) } == .missing)
    #expect(!FileManager.default.fileExists(atPath: fixture.path))
    let nowhere = try StoreFixture()
    #expect(
      code { _ = try FindingsStore(path: nowhere.folder.path + "/no/folder/s.sqlite") } == .missing)
  }

  @Test func aNewerStoreIsRefusedAndLeftAsItIs() throws {
    let fixture = try StoreFixture()
    do { _ = try fixture.open() }
    try fixture.tamper("INSERT INTO grdb_migrations VALUES ('99')")
    for mode in [FindingsStore.Mode.write, .read] {
      #expect(code { _ = try fixture.open(mode) } == .newerSchema)
    }
    #expect(StoreError(.newerSchema).exitCode == 10)
    try fixture.tamper("DELETE FROM grdb_migrations WHERE identifier = '99'")
    #expect(code { _ = try fixture.open() } == nil)
  }

  @Test func foreignFilesAreRefusedAndLeftAsTheyAre() throws {
    let fixture = try StoreFixture()
    let garbage = Data("this is no database, but longer than a header would be".utf8)
    try garbage.write(to: URL(fileURLWithPath: fixture.path))
    #expect(code { _ = try fixture.open() } == .notAStore)
    #expect(try Data(contentsOf: URL(fileURLWithPath: fixture.path)) == garbage)
    let other = try StoreFixture()
    try other.tamper("CREATE TABLE theirs (a)")
    #expect(code { _ = try other.open() } == .notAStore)
  }

  @Test func everyCommitIsSynchronizedAndKeysAreChecked() throws {
    let fixture = try StoreFixture()
    let store = try fixture.open()
    let settings = try store.settings()
    #expect(settings.journalMode == "wal")
    #expect(settings.synchronous == 2)  // FULL
    #expect(settings.foreignKeys)
  }

  @Test func errorsNameNoPath() throws {
    let marker = "ZZPHIpath"
    let error = code { _ = try FindingsStore(path: "/nonexistent-\(marker)/s.sqlite") }
    #expect(error == .missing)
    #expect(!StoreError(.missing, at: "lock").description.contains(marker))
  }

  @Test func unfinishedWorkCountsAsKilledWithoutANoteAndAsCrashedWithOne() throws {
    let fixture = try StoreFixture()
    let identity = FileIdentity(path: "/inbox/a", byteCount: 1, modified: 1)
    var id: Int64 = 0
    do {
      let store = try fixture.open()
      id = try #require(try store.discover([identity]).first).id
      try store.beginWork(on: [id])
    }
    do {
      let store = try fixture.open()
      let file = try #require(try store.ledgerFile(id: id))
      #expect((file.kills, file.crashes) == (1, 0))
      try store.beginWork(on: [id])
    }
    FileManager.default.createFile(atPath: fixture.path + ".crash", contents: nil)
    let store = try fixture.open()
    let file = try #require(try store.ledgerFile(id: id))
    #expect((file.kills, file.crashes) == (1, 1))
    #expect(!FileManager.default.fileExists(atPath: fixture.path + ".crash"))
    _ = try store.settle([(id, .skip(reason: "x", place: nil, sha256: nil, sopInstanceUID: nil))])
    #expect(try store.ledgerFile(id: id)?.crashes == 0)
  }
}
