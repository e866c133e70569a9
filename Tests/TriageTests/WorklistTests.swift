import Findings
import Foundation
import Testing
import Triage

@Suite struct WorklistTests {
  private func levels(_ findings: FindingDraft...) throws -> [TriageLevel] {
    let fixture = try TriageFixture()
    for (index, finding) in findings.enumerated() { try fixture.add(index + 1, finding: finding) }
    let rows = try WorklistPolicy().rows(of: fixture.store)
    return rows.sorted { $0.study.studyInstanceUID < $1.study.studyInstanceUID }.map(\.level)
  }

  @Test func probabilityAndSizeDecide() throws {
    let levels = try levels(
      TriageFixture.finding(0.95), TriageFixture.finding(0.7, share: 0.3),
      TriageFixture.finding(0.7, share: 0.01), TriageFixture.finding(0.7),
      TriageFixture.finding(0.1, share: 0.9),
      TriageFixture.finding(0.99, share: 0.9, calibrated: false),
      TriageFixture.finding(0.99, share: 0.9, label: "nodule"))
    #expect(levels == [.stat, .stat, .high, .high, .routine, .high, .routine])
  }

  @Test func thresholdsAreOptionsThatCanBeWritten() throws {
    var rule = TriageRule()
    rule.statProbability = 0.5
    let copy = try JSONDecoder().decode(TriageRule.self, from: JSONEncoder().encode(rule))
    #expect(copy == rule)
    let fixture = try TriageFixture()
    try fixture.add(1, finding: TriageFixture.finding(0.6))
    let rows = try fixture.store.findings()
    #expect(copy.decide(rows).level == .stat)
    #expect(TriageRule().decide(rows).level == .high)
  }

  @Test func reasonsSayWhyAndNameNobody() throws {
    let fixture = try TriageFixture()
    try fixture.add(
      1, patientID: "ZZPHI1", finding: TriageFixture.finding(0.953, share: 0.24))
    let row = try #require(try WorklistPolicy().rows(of: fixture.store).first)
    #expect(
      row.reason
        == "pneumothorax probability 0.95, right side, 24 % of the lung field; nearly certain")
  }

  /// Table, CSV, JSON, page and reason, for a model that says so and for one that does not.
  @Test(arguments: [nil, false, true] as [Bool?])
  func everyFormMarksExperimentalScores(_ stated: Bool?) throws {
    let fixture = try TriageFixture()
    for (number, probability) in [0.97, 0.5, 0.1].enumerated() {
      var finding = TriageFixture.finding(probability)
      finding.isExperimental = stated
      try fixture.add(number + 1, finding: finding)
    }
    try fixture.add(9)
    let rows = try WorklistPolicy().rows(of: fixture.store)
    let scored = rows.filter(\.isScored)
    #expect(scored.count == 3 && rows.count == 4)
    let isMarked = stated == true
    for row in scored { #expect(row.reason.contains(" (experimental)") == isMarked) }
    #expect(!rows[3].reason.contains("experimental"))
    let page = WorklistPage().html(rows, at: Date(timeIntervalSince1970: 0))
    #expect(page.components(separatedBy: "<i>experimental</i>").count == (isMarked ? 4 : 1))
    let full = WorklistTable.full(rows)
    let parsed = try JSONSerialization.jsonObject(with: Data(full.json.utf8))
    let objects = try #require(parsed as? [[String: Any]])
    #expect(objects.map { $0["experimental"] as? Bool } == [stated, stated, stated, nil])
    let lines = full.csv.components(separatedBy: "\r\n")
    #expect(lines[0].hasSuffix(",experimental"))
    #expect(lines[1].hasSuffix("," + (stated.map { "\($0)" } ?? "")))
    let short = WorklistTable.short(rows)
    let column = try #require(short.columns.firstIndex(of: "experimental"))
    #expect(short.columns[column - 1] == "probability")
    #expect(short.rows.map { $0[column] } == (0..<4).map { .init($0 < 3 ? stated : nil) })
  }

  @Test func statComesFirstThenHighThenTheQueue() throws {
    let fixture = try TriageFixture()
    try fixture.add(1, finding: TriageFixture.finding(0.1))
    try fixture.add(2)
    let failed = try fixture.add(3)
    try fixture.store.record(
      StudyFailure(
        studyID: failed, fileIDs: try fixture.store.files(ofStudy: failed).map(\.fileID),
        key: fixture.key(3),
        model: .init(name: "ptx", version: "1", digest: "m"), code: "corrupt-pixel-data"))
    try fixture.add(4, finding: TriageFixture.finding(0.5))
    try fixture.add(5, finding: TriageFixture.finding(0.99))
    try fixture.add(6, finding: TriageFixture.finding(0.98))
    let rows = try WorklistPolicy().rows(of: fixture.store)
    #expect(
      rows.map(\.study.studyInstanceUID)
        == ["2.25.5", "2.25.6", "2.25.4", "2.25.1", "2.25.2", "2.25.3"])
    #expect(rows.map(\.isScored) == [true, true, true, true, false, false])
    #expect(rows[5].reason == "unscored: corrupt-pixel-data")
  }

  @Test func nothingStarves() throws {
    let fixture = try TriageFixture()
    try fixture.add(1, finding: TriageFixture.finding(0.1))
    try fixture.add(2)
    try fixture.add(3, finding: TriageFixture.finding(0.99))
    var policy = WorklistPolicy()
    let late = Date().addingTimeInterval(5 * 3600)
    let rows = try policy.rows(of: fixture.store, at: late)
    #expect(rows.map(\.study.studyInstanceUID) == ["2.25.1", "2.25.2", "2.25.3"])
    #expect(rows.map(\.isOverdue) == [true, true, true])
    policy.longestWait = nil
    let uncapped = try policy.rows(of: fixture.store, at: late)
    #expect(uncapped.first?.study.studyInstanceUID == "2.25.3")
    #expect(uncapped.map(\.isOverdue) == [false, false, false])
  }

  /// They say what else to look for, and leave the order to the label that the rule ranks.
  @Test func otherPositiveLabelsAreNamedInTheReason() throws {
    let fixture = try TriageFixture()
    try fixture.add(
      1, finding: TriageFixture.finding(0.05),
      others: [
        TriageFixture.finding(0.61, label: "effusion"),
        TriageFixture.finding(0.1, label: "opacity"),
        TriageFixture.finding(0.99, label: "cardiomegaly"),
      ])
    let row = try #require(try WorklistPolicy().rows(of: fixture.store).first)
    #expect(row.level == .routine && row.finding?.label == "pneumothorax")
    #expect(row.reason.hasSuffix("; also cardiomegaly 0.99, effusion 0.61"))
  }

  @Test func aPriorityIsNeverLowered() throws {
    let fixture = try TriageFixture()
    let id = try fixture.add(1, model: "old", finding: TriageFixture.finding(0.97))
    let policy = WorklistPolicy()
    #expect(try policy.raisePriorities(in: fixture.store) == 1)
    #expect(try policy.raisePriorities(in: fixture.store) == 0)
    try fixture.add(1, model: "new", finding: TriageFixture.finding(0.05))
    #expect(try fixture.store.findings().map(\.probability) == [0.05])
    #expect(try policy.raisePriorities(in: fixture.store) == 0)
    let row = try #require(try policy.rows(of: fixture.store).first)
    #expect(row.level == .stat)
    #expect(row.reason.contains("0.97"))
    try fixture.store.markRead(studyID: id)
    #expect(try policy.rows(of: fixture.store).isEmpty)
  }

  @Test func thePageEscapesAndLinks() throws {
    let fixture = try TriageFixture()
    let outputs = [
      OutputObject(
        kind: .preview, sopInstanceUID: nil, path: "st udy/a\"b.png", sha256: "0", byteCount: 1),
      OutputObject(
        kind: .segmentation, sopInstanceUID: "1.2", path: "st udy/seg.dcm", sha256: "0",
        byteCount: 1),
      OutputObject(
        kind: .presentationState, sopInstanceUID: "1.3", path: "javascript:alert(1)", sha256: "0",
        byteCount: 1),
    ]
    try fixture.add(
      1, patientID: "<script>alert('x')</script>&\"", finding: TriageFixture.finding(0.97),
      outputs: outputs)
    let rows = try WorklistPolicy().rows(of: fixture.store)
    let html = WorklistPage().html(rows, at: Date(timeIntervalSince1970: 0))
    #expect(!html.contains("<script"))
    #expect(html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;"))
    #expect(html.contains("RESEARCH ONLY - NOT FOR CLINICAL USE"))
    #expect(html.contains("<img src=\"./st%20udy/a%22b.png\""))
    #expect(html.contains("<a href=\"./st%20udy/seg.dcm\">SEG</a>"))
    #expect(html.contains("href=\"./javascript%3Aalert%281%29\""))
    #expect(html.contains("1970-01-01T00:00:00Z"))
    #expect(html.contains("<tr class=\"stat\">"))
  }

  @Test func theTablesHoldEveryStudy() throws {
    let fixture = try TriageFixture()
    try fixture.add(1, finding: TriageFixture.finding(0.97))
    try fixture.add(2)
    let rows = try WorklistPolicy().rows(of: fixture.store)
    let parsed = try JSONSerialization.jsonObject(
      with: Data(WorklistTable.full(rows).json.utf8))
    let objects = try #require(parsed as? [[String: Any]])
    #expect(objects.map { $0["priority"] as? String } == ["STAT", "ROUTINE"])
    #expect(objects.map { $0["state"] as? String } == ["scored", "unscored"])
    #expect(WorklistTable.full(rows).csv.split(separator: "\r\n").count == 3)
    #expect(WorklistTable.short(rows).plain.split(separator: "\n").count == 3)
  }
}
