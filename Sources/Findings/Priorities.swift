import Foundation
import GRDB

/// What the store keeps of triage: the priority that a study was given, in the words of the rule.
package struct StoredPriority: Sendable, Hashable {
  /// `STAT`, `HIGH` or `ROUTINE`.
  package let level: String
  package let reason: String

  package init(level: String, reason: String) {
    self.level = level
    self.reason = reason
  }
}

/// A study with all that a worklist needs.
package struct WorklistStudy: Sendable {
  package let studyID: Int64
  package let studyInstanceUID: String
  package let patientID: String
  package let accessionNumber: String
  package let studyDate: String
  package let modality: String
  package let state: StudySummary.State
  package let failureCode: String?
  package let firstSeenAt: Date
  package let readAt: Date?
  package let priority: StoredPriority?
  /// Of runs that are not superseded, highest probability first.
  package var findings: [FindingRow] = []
  /// Objects of those runs.
  package var outputs: [OutputObject] = []
}

extension FindingsStore {
  /// Gives a study its priority; `rank` orders the levels, lowest first. It is never lowered:
  /// a lower or equal level than the stored one changes nothing. False when nothing changed.
  @discardableResult
  package func raisePriority(
    ofStudy id: Int64, to priority: StoredPriority, rank: (String) -> Int
  ) throws -> Bool {
    try write("study") { db in
      let before = try String.fetchOne(
        db, sql: "SELECT priority FROM study WHERE id = ?", arguments: [id])
      if let before, rank(before) >= rank(priority.level) { return false }
      try db.execute(
        sql: "UPDATE study SET priority = ?, priorityReason = ?, prioritySince = ? WHERE id = ?",
        arguments: [priority.level, priority.reason, now(), id])
      try Self.event(db, "priority", study: id, detail: priority.level)
      return true
    }
  }

  /// Takes a study that somebody has read off the worklist; a late arrival brings it back.
  package func markRead(studyID id: Int64) throws {
    try write("study") { db in
      try db.execute(sql: "UPDATE study SET readAt = ? WHERE id = ?", arguments: [now(), id])
      try Self.event(db, "read", study: id)
    }
  }

  /// All studies but those without anything to score, scored or not, in order of arrival.
  package func worklistStudies(includingRead: Bool = false) throws -> [WorklistStudy] {
    let rows = Dictionary(grouping: try findings(), by: \.studyID)
    return try read { db in
      let outputs = Dictionary(grouping: try Self.currentOutputs(db), by: \.study)
      return try Row.fetchAll(
        db,
        sql: """
          SELECT * FROM study WHERE state <> 'skipped' AND (? OR readAt IS NULL)
          ORDER BY firstSeenAt, studyInstanceUID
          """, arguments: [includingRead]
      ).map { row in
        let id: Int64 = row["id"]
        let level: String? = row["priority"]
        return WorklistStudy(
          studyID: id, studyInstanceUID: row["studyInstanceUID"], patientID: row["patientID"],
          accessionNumber: row["accessionNumber"], studyDate: row["studyDate"],
          modality: row["modality"],
          state: StudySummary.State(rawValue: row["state"]) ?? .pending,
          failureCode: row["failureCode"], firstSeenAt: row["firstSeenAt"],
          readAt: row["readAt"],
          priority: level.map {
            StoredPriority(level: $0, reason: row["priorityReason"] ?? "")
          },
          findings: rows[id] ?? [], outputs: (outputs[id] ?? []).map(\.object))
      }
    }
  }

  private static func currentOutputs(
    _ db: Database
  ) throws -> [(study: Int64, object: OutputObject)] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT outputObject.*, run.studyID FROM outputObject JOIN run ON run.id = runID
        WHERE run.state = 'finished' AND run.supersededByRunID IS NULL ORDER BY outputObject.id
        """
    ).compactMap { row in OutputObject(row).map { (row["studyID"], $0) } }
  }
}
