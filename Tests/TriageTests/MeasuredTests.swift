import Findings
import Foundation
import Testing
import Triage

/// Findings that are measured have no probability: their size ranks them.
@Suite struct MeasuredTests {
  private func decide(
    _ isPositive: Bool, share: Double?, side: FindingSide? = .right
  ) throws -> TriageDecision {
    let fixture = try TriageFixture()
    var draft = FindingDraft(
      label: "pneumothorax", probability: isPositive ? 1 : 0, isCalibrated: false,
      isPositive: isPositive)
    draft.method = "anatomy"
    draft.side = isPositive ? side : nil
    draft.sizeShare = share
    draft.volumeML = share.map { $0 * 3000 }
    try fixture.add(1, finding: draft)
    return TriageRule().decide(try fixture.store.findings(FindingsQuery()))
  }

  @Test func largeAirIsSTATAndSmallAirIsHIGH() throws {
    let large = try decide(true, share: 0.2)
    #expect(large.level == .stat)
    #expect(large.reason == "pneumothorax by anatomy, right side, 20 % of the lung; large")
    #expect(try decide(true, share: 0.05).level == .high)
    #expect(try decide(true, share: nil).level == .high)
  }

  @Test func aRowShowsTheOtherFindingWhereNothingWasMeasured() throws {
    let fixture = try TriageFixture()
    var none = FindingDraft(
      label: "pneumothorax", probability: 0, isCalibrated: false, isPositive: false)
    none.method = "anatomy"
    let lesion = FindingDraft(
      label: "lesion", probability: 0.7, isCalibrated: true, isPositive: true)
    try fixture.add(1, finding: none, others: [lesion])
    let row = try #require(try WorklistPolicy().rows(of: fixture.store).first)
    #expect(row.finding?.label == "lesion")
    #expect(row.reason == "no pneumothorax by anatomy; also lesion 0.70")
  }

  @Test func noAirIsRoutineWithoutAProbability() throws {
    let none = try decide(false, share: nil)
    #expect(none.level == .routine && none.reason == "no pneumothorax by anatomy")
  }
}
