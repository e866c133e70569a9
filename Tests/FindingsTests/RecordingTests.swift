import Findings
import Foundation
import Testing

@Suite struct RecordingTests {
  @Test func aResultIsRecordedOnceHoweverOftenItComes() throws {
    let fixture = try StoreFixture()
    let store = try fixture.open()
    let study = try StoreFixture.study(
      try StoreFixture.arrive(store, try StoreFixture.instance(study: 1)).settlement)
    let result = try StoreFixture.result(store, study: study)
    #expect(try store.needsScoring(result.key))
    guard case .recorded(let run) = try store.record(result) else {
      Issue.record("not recorded")
      return
    }
    #expect(try !store.needsScoring(result.key))
    let digest = try store.canonicalDigest()
    #expect(try store.record(result) == .alreadyRecorded(runID: run))
    #expect(try store.canonicalDigest() == digest)
    #expect(try store.findings().count == 1)
    #expect(try store.audit(outputFolder: nil).isBalanced)
  }

  @Test func whatIsStoredComesBack() throws {
    let fixture = try StoreFixture()
    let store = try fixture.open()
    let study = try StoreFixture.study(
      try StoreFixture.arrive(store, try StoreFixture.instance(study: 1)).settlement)
    let result = try StoreFixture.result(store, study: study)
    try store.record(result)
    let row = try #require(try store.findings().first)
    #expect(row.label == "pneumothorax")
    #expect(row.probability == 0.9)
    #expect(row.side == .left)
    #expect(row.isCalibrated && row.isPositive)
    #expect(row.lungQualityFlags == ["hole", "small-left"])
    #expect(row.patientID == "P1")
    #expect(row.modelName == "ptx")
    #expect(try store.regions(ofFinding: row.id) == result.findings[0].regions)
    #expect(try store.study(id: study)?.state == .scored)
  }

  @Test func aLateArrivalReopensTheStudyAndTheNewRunSupersedes() throws {
    let fixture = try StoreFixture()
    let store = try fixture.open()
    let study = try StoreFixture.study(
      try StoreFixture.arrive(store, try StoreFixture.instance(study: 1)).settlement)
    let first = try StoreFixture.result(store, study: study, probability: 0.2)
    try store.record(first)
    try StoreFixture.arrive(store, try StoreFixture.instance(study: 1, number: 2))
    #expect(try store.study(id: study)?.state == .pending)
    let second = try StoreFixture.result(store, study: study, probability: 0.8)
    #expect(first.key != second.key)
    #expect(try store.needsScoring(second.key))
    try store.record(second)
    #expect(try store.findings().map(\.probability) == [0.8])
    var all = FindingsQuery()
    all.includesSuperseded = true
    #expect(try store.findings(all).count == 2)
    #expect(try store.audit(outputFolder: nil).isBalanced)
  }

  @Test func theSameBytesAreADuplicateAndOtherBytesAConflict() throws {
    let fixture = try StoreFixture()
    let store = try fixture.open()
    let instance = try StoreFixture.instance(study: 1)
    try StoreFixture.arrive(store, instance)
    let copy = try StoreFixture.arrive(store, instance, path: "/inbox/copy")
    guard case .duplicate = copy.settlement else {
      Issue.record("not a duplicate")
      return
    }
    let other = try StoreFixture.instance(study: 1, bytes: "b")
    let conflict = try StoreFixture.arrive(store, other, path: "/inbox/other")
    guard case .conflict = conflict.settlement else {
      Issue.record("not a conflict")
      return
    }
    let row = try #require(try store.ledgerFile(id: conflict.file))
    #expect(row.state == .quarantined)
    #expect(row.reason == "conflicting-instance")
    #expect(row.sha256 == other.sha256)
    let study = try #require(try store.studyID(studyInstanceUID: "2.25.1"))
    #expect(try store.files(ofStudy: study).map(\.sha256) == [instance.sha256])
    let balance = try store.audit(outputFolder: nil)
    #expect(balance.isBalanced)
    #expect(balance.line.hasPrefix("3 files = 0 scored + 0 skipped + 1 duplicate + 1 quarantined"))
  }

  @Test func aFailedStudyQuarantinesItsFilesAndCanBeTriedAgain() throws {
    let fixture = try StoreFixture()
    let store = try fixture.open()
    let (file, settlement) = try StoreFixture.arrive(store, try StoreFixture.instance(study: 1))
    let study = try StoreFixture.study(settlement)
    let key = try StoreFixture.result(store, study: study).key
    try store.record(
      StudyFailure(
        studyID: study, fileIDs: [file], key: key, model: StoreFixture.model,
        code: "corrupt-pixel-data"))
    #expect(try store.study(id: study)?.state == .failed)
    #expect(try store.ledgerFile(id: file)?.reason == "corrupt-pixel-data")
    #expect(try !store.needsScoring(key))
    #expect(try store.audit(outputFolder: nil).isBalanced)
    #expect(try store.retryFailed() == 1)
    #expect(try store.needsScoring(key))
    #expect(try store.ledgerFile(id: file)?.state == .accepted)
    try store.record(try StoreFixture.result(store, study: study))
    #expect(try store.study(id: study)?.state == .scored)
    #expect(try store.audit(outputFolder: nil).isBalanced)
  }

  @Test func aTransactionThatFailsLeavesNothing() throws {
    let fixture = try StoreFixture()
    let store = try fixture.open()
    let study = try StoreFixture.study(
      try StoreFixture.arrive(store, try StoreFixture.instance(study: 1)).settlement)
    let before = try store.canonicalDigest()
    var result = try StoreFixture.result(store, study: study)
    var broken = FindingDraft(
      label: "x", probability: .nan, isCalibrated: false, isPositive: false)
    broken.side = nil
    result.findings.append(broken)  // SQLite stores NaN as NULL, which the column refuses
    #expect(throws: StoreError.self) { try store.record(result) }
    #expect(try store.canonicalDigest() == before)
    #expect(try store.needsScoring(result.key))
  }

  @Test func twoWaysToTheSameContentHaveTheSameCanonicalDigest() throws {
    let (one, two) = (try StoreFixture(), try StoreFixture())
    let straight = try one.open()
    for number in 1...3 {
      let study = try StoreFixture.study(
        try StoreFixture.arrive(straight, try StoreFixture.instance(study: number)).settlement)
      try straight.record(try StoreFixture.result(straight, study: study))
    }
    // The other order, closed and opened between any two steps, with repeats.
    for number in [3, 1, 2] {
      for _ in 0..<2 {
        do { try StoreFixture.arrive(try two.open(), try StoreFixture.instance(study: number)) }
        let store = try two.open()
        let study = try #require(try store.studyID(studyInstanceUID: "2.25.\(number)"))
        try store.record(try StoreFixture.result(store, study: study))
      }
    }
    let broken = try two.open()
    #expect(try straight.canonicalLines() == broken.canonicalLines())
    try StoreFixture.arrive(broken, try StoreFixture.instance(study: 4))
    #expect(try straight.canonicalDigest() != broken.canonicalDigest())
  }

  @Test func aFileThatGrewBeforeItWasReadKeepsItsRow() throws {
    let fixture = try StoreFixture()
    let store = try fixture.open()
    let first = try store.discover([FileIdentity(path: "/inbox/a", byteCount: 1, modified: 1)])
    let second = try store.discover([FileIdentity(path: "/inbox/a", byteCount: 9, modified: 2)])
    #expect(first[0].id == second[0].id)
    #expect(second[0].identity.byteCount == 9)
    _ = try store.settle([
      (first[0].id, .quarantine(reason: "truncated", place: nil, sha256: "00"))
    ])
    let third = try store.discover([FileIdentity(path: "/inbox/a", byteCount: 20, modified: 3)])
    #expect(third[0].id != first[0].id)
    #expect(try store.audit(outputFolder: nil).isBalanced)
  }
}
