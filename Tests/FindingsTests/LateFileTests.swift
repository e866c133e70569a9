import Findings
import Foundation
import Testing

/// Files that come while their study is being scored, come back, or come in place of another.
@Suite struct LateFileTests {
  private let fixture: StoreFixture
  private let store: FindingsStore

  init() throws {
    fixture = try StoreFixture()
    store = try fixture.open()
  }

  @discardableResult
  private func arrive(
    _ number: Int, bytes: String = "a", path: String? = nil
  ) throws -> (file: Int64, settlement: Settlement) {
    try StoreFixture.arrive(
      store, try StoreFixture.instance(study: 1, number: number, bytes: bytes), path: path)
  }

  private func state(_ file: Int64) throws -> FileState? { try store.ledgerFile(id: file)?.state }

  @Test func aFileThatCameDuringScoringIsNotScoredByIt() throws {
    let first = try arrive(1)
    let study = try StoreFixture.study(first.settlement)
    let early = try StoreFixture.result(store, study: study)
    let late = try arrive(2)
    try store.record(early)
    #expect(try state(first.file) == .scored)
    #expect(try state(late.file) == .accepted)
    #expect(try store.study(id: study)?.state == .pending)
    let whole = try StoreFixture.result(store, study: study)
    #expect(try store.needsScoring(whole.key))
    try store.record(whole)
    #expect(try state(late.file) == .scored)
    #expect(try store.study(id: study)?.state == .scored)
    #expect(try store.audit(outputFolder: nil).isBalanced)
  }

  @Test func aFileThatCameDuringAFailureIsNotQuarantinedByIt() throws {
    let first = try arrive(1)
    let study = try StoreFixture.study(first.settlement)
    let key = try StoreFixture.result(store, study: study).key
    let late = try arrive(2)
    try store.record(
      StudyFailure(
        studyID: study, fileIDs: [first.file], key: key, model: StoreFixture.model, code: "x"))
    #expect(try state(first.file) == .quarantined)
    #expect(try state(late.file) == .accepted)
    #expect(try store.study(id: study)?.state == .pending)
  }

  @Test func noFileStaysUnderWayAfterItsStudyIsRecorded() throws {
    let (one, two) = (try arrive(1), try arrive(2))
    let study = try StoreFixture.study(one.settlement)
    try store.record(try StoreFixture.result(store, study: study))
    // Scored again, and this time one file is left out: an earlier run has used it.
    var again = try StoreFixture.result(
      store, study: study, model: .init(name: "ptx", version: "2", digest: "def"))
    again.outcomes[two.file] = .skipped(reason: "other-series-chosen")
    try store.beginWork(on: again.fileIDs)
    try store.record(again)
    #expect(try !store.hasWorkUnderWay())
    try store.beginWork(on: again.fileIDs)
    try store.record(
      StudyFailure(
        studyID: study, fileIDs: again.fileIDs, key: again.key, model: again.model, code: "x"))
    #expect(try !store.hasWorkUnderWay(onStudy: study))
  }

  @Test(arguments: [true, false])
  func aFileThatWasPutBackIsScored(_ otherWasScored: Bool) throws {
    let (one, two) = (try arrive(1), try arrive(2))
    let study = try StoreFixture.study(one.settlement)
    var result = try StoreFixture.result(store, study: study, probability: 0.2)
    result.fileIDs = [one.file]
    _ = try store.settle([(two.file, .quarantine(reason: "vanished", place: nil, sha256: nil))])
    if otherWasScored { try store.record(result) }
    try store.beginWork(on: [two.file])
    let back = try arrive(2)
    #expect(back.file == two.file)
    #expect(try state(two.file) == .accepted)
    #expect(try store.study(id: study)?.state == .pending)
    #expect(try !store.hasWorkUnderWay())
    #expect(try store.ledgerFile(id: two.file)?.kills == 0)
    let whole = try StoreFixture.result(store, study: study, probability: 0.8)
    #expect(try store.needsScoring(whole.key))
    try store.record(whole)
    #expect(try state(two.file) == .scored)
    #expect(try store.findings().map(\.probability) == [0.8])
    #expect(try store.audit(outputFolder: nil).problems.map(\.description) == [])
  }

  @Test func aSoundFileTakesThePlaceOfADamagedOne() throws {
    let damaged = try arrive(1, bytes: "damaged")
    let study = try StoreFixture.study(damaged.settlement)
    let copy = try arrive(1, bytes: "damaged", path: "/inbox/copy")
    #expect(copy.settlement == .duplicate(studyID: study))
    let key = try StoreFixture.result(store, study: study).key
    try store.record(
      StudyFailure(
        studyID: study, fileIDs: [damaged.file], key: key, model: StoreFixture.model,
        code: "corrupt-pixel-data"))
    // The same bytes again are as damaged as before.
    let again = try arrive(1, bytes: "damaged", path: "/inbox/again")
    #expect(again.settlement == .duplicate(studyID: study))
    let sound = try arrive(1, bytes: "sound", path: "/inbox/sound")
    #expect(sound.settlement == .accepted(studyID: study))
    #expect(try store.files(ofStudy: study).map(\.fileID) == [sound.file])
    let result = try StoreFixture.result(store, study: study)
    #expect(try store.needsScoring(result.key))
    try store.record(result)
    #expect(try state(sound.file) == .scored)
    #expect(try state(damaged.file) == .quarantined)
    #expect(try store.audit(outputFolder: nil).problems.map(\.description) == [])
  }

  @Test func aRunWithAnotherModelSupersedes() throws {
    let study = try StoreFixture.study(try arrive(1).settlement)
    try store.record(try StoreFixture.result(store, study: study, probability: 0.2))
    try arrive(2)
    try store.record(
      try StoreFixture.result(
        store, study: study, probability: 0.8,
        model: .init(name: "ptx+ct", version: "1", digest: "both")))
    #expect(try store.findings().map(\.probability) == [0.8])
    #expect(try fixture.count("latestFinding") == 1)
  }

  @Test func objectsOfASupersededRunAreNotMissed() throws {
    let study = try StoreFixture.study(try arrive(1).settlement)
    let output = fixture.folder.path
    for text in ["first", "second"] {
      try Data(text.utf8).write(to: URL(fileURLWithPath: output + "/a.png"))
      let object = try OutputObject(
        kind: .preview, sopInstanceUID: nil, path: "a.png", below: output)
      try store.record(try StoreFixture.result(store, study: study, outputs: [object]))
      if text == "first" { try arrive(2) }
    }
    #expect(try store.audit(outputFolder: output).problems.map(\.description) == [])
    try Data("third".utf8).write(to: URL(fileURLWithPath: output + "/a.png"))
    #expect(try store.audit(outputFolder: output).problems.map(\.code) == [.outputChanged])
  }
}
