import DICOM
import Findings
import Foundation
import Imaging
import Intake
import Pipelines
import Testing

@Suite struct BatchTests {
  @Test func everyFileEndsInOneState() throws {
    let fixture = try IntakeFixture()
    try fixture.put(TinyDICOM(), at: "a.dcm")
    try fixture.put(TinyDICOM(), at: "copies/again.dcm")
    try fixture.put(TinyDICOM(instance: "2.25.12"), at: "deep/er/b.dcm")
    try fixture.put(TinyDICOM(instance: "2.25.12", seed: 5), at: "z/conflict.dcm")
    try fixture.put(TinyDICOM(study: "2.25.2", instance: "2.25.21"), at: "c.dcm")
    try fixture.put(TinyDICOM(study: "2.25.3", instance: "2.25.31", view: "LL"), at: "lat.dcm")
    try fixture.put(TinyDICOM(study: "2.25.4", pixelBytesMissing: 100), at: "cut.dcm")
    try fixture.put(Data("<html>no</html>".utf8), at: "page.html")
    try fixture.put(Data(), at: "empty")
    try fixture.put(TinyDICOM(study: "2.25.5"), at: ".page.dcm.A1b2C3")
    let works = try fixture.scoreAll()
    #expect(Set(works.keys) == ["2.25.1", "2.25.2"])
    #expect(
      works["2.25.1"]?.instances.map(\.sopInstanceUID.value) == ["2.25.11", "2.25.12"])
    let balance = try fixture.balance()
    #expect(balance.problems.map(\.description) == [])
    #expect(
      balance.line
        == "9 files = 3 scored + 1 skipped + 1 duplicate + 4 quarantined + 0 pending")
    #expect(balance.reasons["lateral-view"] == 1)
    #expect(balance.reasons["conflicting-instance"] == 1)
    #expect(balance.reasons["empty-file"] == 1)
    #expect(balance.reasons["not-dicom"] == 1)
    #expect(fixture.reports.all.filter(\.isFailure).count == 4)
  }

  @Test func aMediaDirectoryIsSkippedAndItsFilesAreScored() throws {
    let fixture = try IntakeFixture()
    try fixture.put(TinyDICOM(sopClass: "1.2.840.10008.1.3.10"), at: "DICOMDIR")
    try fixture.put(TinyDICOM(), at: "IMAGES/A")
    let works = try fixture.scoreAll()
    #expect(works.count == 1)
    let balance = try fixture.balance()
    #expect(balance.reasons["media-directory"] == 1)
    #expect(balance.counts == [.scored: 1, .skipped: 1])
    #expect(fixture.reports.all.filter(\.isFailure).isEmpty)
  }

  @Test func theSecondRunReadsNothingAndChangesNothing() throws {
    let fixture = try IntakeFixture()
    for number in 1...5 {
      try fixture.put(
        TinyDICOM(study: "2.25.\(number)", instance: "2.25.\(number)1"), at: "\(number)")
    }
    try fixture.put(Data("x".utf8), at: "bad")
    #expect(try fixture.scoreAll().count == 5)
    let digest = try fixture.store.canonicalDigest()
    let report = try fixture.session.ingest(paths: [fixture.inbox])
    #expect(report.files == 6)
    #expect(report.unchanged == 6)
    #expect(report.studyIDs.count == 5)
    #expect(try fixture.scoreAll().isEmpty)
    #expect(try fixture.store.canonicalDigest() == digest)
  }

  @Test func quarantineHoldsALinkAndAReasonWithoutPatientData() throws {
    let fixture = try IntakeFixture()
    let path = try fixture.put(TinyDICOM(pixelBytesMissing: 50), at: "ZZPHI-name.dcm")
    try fixture.scoreAll()
    let names = try FileManager.default.contentsOfDirectory(atPath: fixture.quarantine).sorted()
    #expect(names.count == 2)
    #expect(fixture.exists(path))
    let kept = try Data(contentsOf: URL(fileURLWithPath: fixture.quarantine + "/" + names[0]))
    #expect(try kept == Data(contentsOf: URL(fileURLWithPath: path)))
    #expect(names[0] == SHA256.hex(of: [UInt8](kept)))
    let reason = try Data(contentsOf: URL(fileURLWithPath: fixture.quarantine + "/" + names[1]))
    let object = try #require(
      try JSONSerialization.jsonObject(with: reason) as? [String: Any])
    let code = try #require(object["code"] as? String)
    #expect(DICOMError.Code(rawValue: code)?.advice == object["advice"] as? String)
    #expect(!String(decoding: reason, as: UTF8.self).contains("ZZPHI"))
  }

  @Test func aMissingPathIsReportedAndTriedAgain() throws {
    let fixture = try IntakeFixture()
    let later = fixture.inbox + "/later"
    try fixture.scoreAll(paths: [later])
    #expect(try fixture.balance().reasons == ["unreadable-folder": 1])
    try fixture.put(TinyDICOM(), at: "later/a.dcm")
    #expect(try fixture.scoreAll(paths: [later]).count == 1)
    #expect(try fixture.balance().reasons == ["readable-again": 1])
    #expect(try fixture.balance().isBalanced)
  }

  @Test func aFileThatCrashedTheProgramTwiceIsGivenUp() throws {
    let fixture = try IntakeFixture()
    let path = try fixture.put(TinyDICOM(), at: "a.dcm")
    try fixture.put(TinyDICOM(study: "2.25.2", instance: "2.25.21"), at: "b.dcm")
    let storePath = fixture.root + "/crash.sqlite"
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    _ = attributes
    for _ in 0..<2 {
      let store = try FindingsStore(path: storePath)
      let scan = FolderScan(paths: [path])
      for case .file(let identity) in scan {
        let file = try #require(try store.discover([identity]).first)
        try store.beginWork(on: [file.id])
      }
      try store.close()
      FileManager.default.createFile(atPath: storePath + ".crash", contents: nil)
    }
    let store = try FindingsStore(path: storePath)
    let session = IntakeSession(store: store, reader: DCMTKReader(), options: fixture.options)
    let report = try session.ingest(paths: [fixture.inbox])
    #expect(report.accepted == 1)
    #expect(try store.audit(outputFolder: nil).reasons == ["crashed-twice": 1])
    #expect(fixture.reports.all.filter(\.isFailure).map(\.reason) == ["crashed-twice"])
  }

  @Test(arguments: [IntakeOptions.After.move, .delete])
  func afterScoringTheInboxIsCleared(_ after: IntakeOptions.After) throws {
    let fixture = try IntakeFixture()
    fixture.options.after = after
    fixture.options.doneFolder = fixture.root + "/done"
    let path = try fixture.put(TinyDICOM(), at: "a.dcm")
    let bad = try fixture.put(Data("x".utf8), at: "bad")
    try fixture.scoreAll()
    #expect(!fixture.exists(path))
    #expect(fixture.exists(bad))
    let name = SHA256.hex(of: [UInt8](TinyDICOM().bytes))
    #expect(fixture.exists(fixture.root + "/done/" + name) == (after == .move))
    #expect(try fixture.balance().isBalanced)
  }

  @Test func theInboxIsNotTouchedByDefault() throws {
    let fixture = try IntakeFixture()
    let path = try fixture.put(TinyDICOM(), at: "a.dcm")
    let before = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
    try fixture.scoreAll()
    let after = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
    #expect(before == after)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == TinyDICOM().bytes)
  }

  @Test func aStopLeavesTheRestForTheNextRun() throws {
    let fixture = try IntakeFixture()
    for number in 1...80 {
      try fixture.put(
        TinyDICOM(study: "2.25.\(number)", instance: "2.25.\(number)1"), at: "\(number)")
    }
    fixture.options.chunk = 4
    let stop = Stop()
    let reports = fixture.reports
    fixture.options.onFile = {
      reports.add($0)
      stop.request()
    }
    let report = try fixture.session.ingest(paths: [fixture.inbox], stop: stop)
    #expect(report.accepted < 80)
    #expect(try fixture.balance().problems.isEmpty)
    #expect(try !fixture.store.hasWorkUnderWay())
    fixture.options.onFile = { _ in }
    #expect(try fixture.scoreAll().count == 80)
    #expect(try fixture.balance().isBalanced)
  }
}
