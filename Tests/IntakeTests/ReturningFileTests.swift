import Findings
import Foundation
import Intake
import Testing

/// What a session does with files that are late, stay bad, or are its own.
@Suite struct ReturningFileTests {
  @Test func aLateFileIsNotDeletedBeforeItIsScored() throws {
    let fixture = try IntakeFixture()
    fixture.options.after = .delete
    let first = try fixture.put(TinyDICOM(), at: "1.dcm")
    let session = fixture.session
    let report = try session.ingest(paths: [fixture.inbox])
    let work = try #require(try session.studies(report.studyIDs, decide: fixture.decide).next())
    let late = try fixture.put(TinyDICOM(instance: "2.25.12"), at: "2.dcm")
    _ = try session.ingest(paths: [late])
    try session.record(IntakeFixture.result(work))
    #expect(!fixture.exists(first))
    #expect(fixture.exists(late))
    #expect(try fixture.balance().counts == [.scored: 1, .accepted: 1])
    #expect(try fixture.store.study(id: work.studyID)?.state == .pending)
  }

  @Test func theStoreIsNotTakenForAFileToScore() throws {
    let fixture = try IntakeFixture()
    try fixture.put(TinyDICOM(), at: "a.dcm")
    let path = fixture.inbox + "/s.sqlite"
    let store = try FindingsStore(path: path)
    fixture.options.excludedFiles = ["", "-wal", "-shm", ".lock", ".crash"].map { path + $0 }
    try FileManager.default.linkItem(atPath: path, toPath: fixture.inbox + "/other-name")
    let session = IntakeSession(
      store: store, reader: fixture.session.reader, options: fixture.options)
    let report = try session.ingest(paths: [fixture.inbox])
    #expect(report.files == 1)
    #expect(report.accepted == 1)
  }

  @Test func aFileThatStaysBadIsReportedByEveryRun() throws {
    let fixture = try IntakeFixture()
    try fixture.put(Data("x".utf8), at: "bad")
    try fixture.scoreAll()
    try fixture.scoreAll()
    let failures = fixture.reports.all.filter(\.isFailure)
    #expect(failures.map(\.reason) == ["not-dicom", "not-dicom"])
    #expect(Set(failures.map(\.fileID)).count == 1)
  }

  @Test(arguments: [("LLD", true), ("RLD", true), ("LL", false), ("LATERAL", false)])
  func aDecubitusFilmIsScoredAndALateralOneIsNot(_ view: String, _ isScored: Bool) throws {
    let fixture = try IntakeFixture()
    try fixture.put(TinyDICOM(view: view), at: "a.dcm")
    #expect(try fixture.scoreAll().count == (isScored ? 1 : 0))
    #expect(try fixture.balance().reasons["lateral-view"] == (isScored ? nil : 1))
  }
}
