import Findings
import Foundation

/// One line of the worklist.
package struct WorklistRow: Sendable {
  package let study: WorklistStudy
  /// The highest level that the study ever had.
  package let level: TriageLevel
  package let reason: String
  /// Seconds since the study was first seen.
  package let waitingSeconds: TimeInterval
  /// Has waited longer than the cap and stands in the top group for that.
  package let isOverdue: Bool

  /// False for studies that wait for scoring or could not be scored.
  package var isScored: Bool { study.state == .scored }
  /// The finding that the rule ranks, or the most probable one.
  package let finding: FindingRow?
  /// The objects to link, by kind, the first of each.
  package func output(_ kind: OutputObject.Kind) -> OutputObject? {
    study.outputs.first { $0.kind == kind }
  }
}

/// The order in which studies should be read.
///
/// The top group is STAT studies and those that have waited longer than the cap; then HIGH; then
/// all others, unscored and failed ones at their place in the queue. Inside a group the study that
/// has waited longest comes first, so that nothing starves.
package struct WorklistPolicy: Sendable, Hashable, Codable {
  package var rule = TriageRule()
  /// Seconds; nil has no cap.
  package var longestWait: TimeInterval? = 4 * 3600
  package var includesRead = false

  package init() {}

  /// The rows of all studies at a moment.
  package func rows(of store: FindingsStore, at moment: Date = Date()) throws -> [WorklistRow] {
    order(try store.worklistStudies(includingRead: includesRead).map { row(of: $0, at: moment) })
  }

  /// Stores the level of every study whose findings ask for a higher one than it has. Gives back
  /// how many were raised. Idempotent.
  @discardableResult
  package func raisePriorities(in store: FindingsStore) throws -> Int {
    var raised = 0
    for study in try store.worklistStudies(includingRead: true) where !study.findings.isEmpty {
      let decision = rule.decide(study.findings)
      let priority = StoredPriority(level: decision.level.rawValue, reason: decision.reason)
      if try store.raisePriority(ofStudy: study.studyID, to: priority, rank: TriageLevel.rank) {
        raised += 1
      }
    }
    return raised
  }

  /// The decision for a study: never lower than the one that it has been given before.
  func row(of study: WorklistStudy, at moment: Date) -> WorklistRow {
    let decision =
      study.findings.isEmpty ? unscored(study) : rule.decide(study.findings)
    let stored = study.priority.flatMap { priority in
      TriageLevel(rawValue: priority.level).map { TriageDecision($0, because: priority.reason) }
    }
    var final = decision
    if let stored, stored.level > decision.level { final = stored }
    let waiting = max(0, moment.timeIntervalSince(study.firstSeenAt))
    let overdue = longestWait.map { waiting > $0 } ?? false
    // That nothing was measured says less than what another model found.
    let ranked =
      study.findings.first {
        $0.label == rule.label && ($0.isPositive || $0.method != rule.measuredMethod)
      } ?? study.findings.first
    return WorklistRow(
      study: study, level: final.level,
      reason: final.reason + (overdue ? "; has waited longer than the cap" : ""),
      waitingSeconds: waiting, isOverdue: overdue, finding: ranked)
  }

  func order(_ rows: [WorklistRow]) -> [WorklistRow] {
    rows.sorted { a, b in
      let (first, second) = (group(a), group(b))
      if first != second { return first < second }
      if a.study.firstSeenAt != b.study.firstSeenAt {
        return a.study.firstSeenAt < b.study.firstSeenAt
      }
      return a.study.studyInstanceUID < b.study.studyInstanceUID
    }
  }

  private func group(_ row: WorklistRow) -> Int {
    if row.isOverdue || row.level == .stat { return 0 }
    return row.level == .high ? 1 : 2
  }

  private func unscored(_ study: WorklistStudy) -> TriageDecision {
    switch study.state {
    case .failed:
      TriageDecision(.routine, because: "unscored: " + (study.failureCode ?? "failed"))
    case .pending: TriageDecision(.routine, because: "unscored: waits for scoring")
    case .scored, .skipped: TriageDecision(.routine, because: "scored, no finding recorded")
    }
  }
}
