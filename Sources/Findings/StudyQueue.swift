import Foundation
import GRDB

/// A study as the store knows it, without its instances.
package struct StudySummary: Sendable, Hashable {
  package enum State: String, Sendable, Hashable, Codable, CaseIterable {
    case pending
    case scored
    case failed
    case skipped
  }

  package let id: Int64
  package let studyInstanceUID: String
  /// Modalities of the registered instances, sorted.
  package let modalities: [String]
  package let state: State
  package let firstSeenAt: Date
  package let lastArrivalAt: Date
  /// Number of Study Related Instances (0020,1208), when an instance said it.
  package let expectedInstances: Int?
  /// Sum of Number of Series Related Instances (0020,1209) when every series says it.
  package let expectedInstancesBySeries: Int?
  /// Registered instances.
  package let instanceCount: Int
  /// Most crashes and kills of any of its waiting files.
  package let crashes: Int
  package let kills: Int
}

/// One registered instance of a study and the file that holds it.
package struct StudyFile: Sendable {
  package let fileID: Int64
  package let instanceID: Int64
  package let sopInstanceUID: String
  package let sha256: String
  package let identity: FileIdentity
  package let state: FileState
}

extension FindingsStore {
  package func study(id: Int64) throws -> StudySummary? {
    try read { try Self.study($0, id) }
  }

  package func studyID(studyInstanceUID: String) throws -> Int64? {
    try read { db in
      try Int64.fetchOne(
        db, sql: "SELECT id FROM study WHERE studyInstanceUID = ?", arguments: [studyInstanceUID])
    }
  }

  /// Ids of studies in these states in order of arrival, `page` at a time from after `id`.
  package func studyIDs(
    in states: Set<StudySummary.State> = Set(StudySummary.State.allCases), after id: Int64 = 0,
    page: Int = 1000
  ) throws -> [Int64] {
    let names = states.map(\.rawValue).sorted()
    return try read { db in
      try Int64.fetchAll(
        db,
        sql: """
          SELECT id FROM study WHERE id > ? AND state IN (\(databaseQuestionMarks(count: names.count)))
          ORDER BY id LIMIT ?
          """, arguments: [id] + StatementArguments(names) + [page])
    }
  }

  /// The studies that these files belong to, duplicates and conflicts included.
  package func studyIDs(ofFiles ids: [Int64]) throws -> [Int64] {
    try read { db in
      try Int64.fetchAll(
        db,
        sql: """
          SELECT DISTINCT series.studyID FROM file
            JOIN instance ON instance.sopInstanceUID = file.sopInstanceUID
            JOIN series ON series.id = instance.seriesID
          WHERE file.id IN (\(databaseQuestionMarks(count: ids.count)))
          """, arguments: StatementArguments(ids))
    }
  }

  /// Files with the same instance and bytes as this one, itself left out.
  package func twins(ofFile id: Int64) throws -> [LedgerFile] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT twin.* FROM file JOIN file AS twin ON twin.sha256 = file.sha256
          WHERE file.id = ? AND twin.id <> file.id ORDER BY twin.id
          """, arguments: [id]
      ).map(Self.ledgerFile(of:))
    }
  }

  /// True while any file is marked as being worked on (`beginWork`).
  package func hasWorkUnderWay() throws -> Bool {
    try read { db in
      try Int.fetchOne(db, sql: "SELECT 1 FROM file WHERE underWay <> 0 LIMIT 1") != nil
    }
  }

  /// True while a file of this study is being worked on.
  package func hasWorkUnderWay(onStudy id: Int64) throws -> Bool {
    try read { db in
      try Int.fetchOne(
        db,
        sql: """
          SELECT 1 FROM file JOIN instance ON instance.fileID = file.id
            JOIN series ON series.id = instance.seriesID
          WHERE series.studyID = ? AND file.underWay <> 0 LIMIT 1
          """, arguments: [id]) != nil
    }
  }

  /// The registered instances of a study, by SOP Instance UID, quarantined ones included.
  package func files(ofStudy id: Int64) throws -> [StudyFile] {
    try read { try Self.files($0, study: id) }
  }

  /// `WorkKey.inputDigest` of all registered instances of a study.
  package func inputDigest(ofStudy id: Int64) throws -> String {
    WorkKey.inputDigest(of: try files(ofStudy: id).map { ($0.sopInstanceUID, $0.sha256) })
  }

  /// False when this work has a finished run, or failed and was not asked to be tried again.
  package func needsScoring(_ key: WorkKey) throws -> Bool {
    try read { db in
      try Int.fetchOne(
        db, sql: "SELECT 1 FROM run WHERE workKey = ?", arguments: [key.digest]) == nil
    }
  }

  static func files(_ db: Database, study id: Int64) throws -> [StudyFile] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT instance.id AS instanceID, instance.sopInstanceUID AS uid,
          instance.sha256 AS hash, file.id AS fileID, file.path, file.byteCount, file.modified,
          file.state
        FROM instance JOIN series ON series.id = instance.seriesID
          JOIN file ON file.id = instance.fileID
        WHERE series.studyID = ? ORDER BY instance.sopInstanceUID
        """, arguments: [id]
    ).map { row in
      StudyFile(
        fileID: row["fileID"], instanceID: row["instanceID"], sopInstanceUID: row["uid"],
        sha256: row["hash"],
        identity: FileIdentity(
          path: row["path"], byteCount: row["byteCount"], modified: row["modified"]),
        state: FileState(rawValue: row["state"]) ?? .pending)
    }
  }

  private static func study(_ db: Database, _ id: Int64) throws -> StudySummary? {
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT study.*, count(instance.id) AS instanceCount, max(file.crashes) AS crashes,
          max(file.kills) AS kills,
          (SELECT CASE WHEN count(*) = count(expectedInstances) THEN sum(expectedInstances) END
            FROM series WHERE studyID = study.id) AS bySeries
        FROM study LEFT JOIN series ON series.studyID = study.id
          LEFT JOIN instance ON instance.seriesID = series.id
          LEFT JOIN file ON file.id = instance.fileID
        WHERE study.id = ? GROUP BY study.id
        """, arguments: [id])
    return row.map { row in
      StudySummary(
        id: row["id"], studyInstanceUID: row["studyInstanceUID"],
        modalities: (row["modality"] as String).split(separator: "\\").map(String.init),
        state: StudySummary.State(rawValue: row["state"]) ?? .pending,
        firstSeenAt: row["firstSeenAt"], lastArrivalAt: row["lastArrivalAt"],
        expectedInstances: row["expectedInstances"], expectedInstancesBySeries: row["bySeries"],
        instanceCount: row["instanceCount"], crashes: row["crashes"] ?? 0,
        kills: row["kills"] ?? 0)
    }
  }
}
