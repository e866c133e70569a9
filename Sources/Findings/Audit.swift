import Foundation
import GRDB
import Glibc
import Imaging

extension FindingsStore {
  /// Counts every file and checks what was recorded against what is there.
  ///
  /// `outputFolder` nil leaves the output objects out; `listing` is what lies in the inbox now and
  /// may be streamed (it is read once). Cost: reads every output object.
  package func audit(
    outputFolder: String?, listing: some Sequence<FileIdentity> = EmptyCollection()
  ) throws -> Balance {
    try read { db in
      var balance = Balance()
      try Self.count(db, into: &balance)
      try Self.checkDiscovery(db, into: &balance)
      try Self.checkFiles(db, into: &balance)
      try Self.checkDigests(db, into: &balance)
      try Self.checkDatabase(db, into: &balance)
      if let outputFolder { try Self.checkOutputs(db, in: outputFolder, into: &balance) }
      var number = 0
      for identity in listing {
        number += 1
        let known = try Int.fetchOne(
          db, sql: "SELECT 1 FROM file WHERE path = ? AND byteCount = ? AND modified = ?",
          arguments: [identity.path.value, identity.byteCount, identity.modified])
        if known == nil {
          balance.problems.append(.init(code: .fileNotInLedger, row: "listing \(number)"))
        }
      }
      if balance.discovered != balance.total {
        balance.problems.append(
          .init(code: .sumMismatch, row: "\(balance.discovered) against \(balance.total)"))
      }
      return balance
    }
  }

  /// Ids of findings whose columns or regions no longer have the recorded digest.
  package func verifyDigests() throws -> [Int64] {
    try read { try Self.wrongDigests($0) }
  }

  private static func count(_ db: Database, into balance: inout Balance) throws {
    for row in try Row.fetchAll(db, sql: "SELECT state, count(*) AS n FROM file GROUP BY state") {
      guard let state = FileState(rawValue: row["state"]) else { continue }
      balance.counts[state] = row["n"]
    }
    for row in try Row.fetchAll(
      db,
      sql: """
        SELECT coalesce(reason, '') AS reason, count(*) AS n FROM file
        WHERE state IN ('skipped', 'quarantined') GROUP BY 1
        """)
    {
      balance.reasons[row["reason"]] = row["n"]
    }
    balance.discovered =
      try Int.fetchOne(
        db, sql: "SELECT count(DISTINCT fileID) FROM event WHERE kind = 'discovered'") ?? 0
    balance.findings = try Int.fetchOne(db, sql: "SELECT count(*) FROM finding") ?? 0
    balance.outputs = try Int.fetchOne(db, sql: "SELECT count(*) FROM outputObject") ?? 0
  }

  private static func checkDiscovery(_ db: Database, into balance: inout Balance) throws {
    try collect(
      db, .lostFile, "file", into: &balance,
      sql: """
        SELECT DISTINCT fileID FROM event WHERE kind = 'discovered'
          AND fileID NOT IN (SELECT id FROM file)
        """)
    try collect(
      db, .undiscoveredFile, "file", into: &balance,
      sql: """
        SELECT id FROM file WHERE NOT EXISTS
          (SELECT 1 FROM event WHERE fileID = file.id AND kind = 'discovered')
        """)
  }

  private static func checkFiles(_ db: Database, into balance: inout Balance) throws {
    try collect(
      db, .scoredWithoutRun, "file", into: &balance,
      sql: """
        SELECT file.id FROM file WHERE state = 'scored' AND NOT EXISTS
          (SELECT 1 FROM instance JOIN runInstance ON runInstance.instanceID = instance.id
            JOIN run ON run.id = runInstance.runID
            WHERE instance.fileID = file.id AND instance.sha256 = file.sha256
              AND run.state = 'finished')
        """)
    try collect(
      db, .missingReason, "file", into: &balance,
      sql: """
        SELECT id FROM file WHERE state IN ('skipped', 'quarantined') AND coalesce(reason, '') = ''
        """)
    try collect(
      db, .duplicateWithoutOriginal, "file", into: &balance,
      sql: """
        SELECT id FROM file WHERE state = 'duplicate' AND NOT EXISTS
          (SELECT 1 FROM instance WHERE instance.sopInstanceUID = file.sopInstanceUID
            AND instance.sha256 = file.sha256 AND instance.fileID <> file.id)
        """)
    try collect(
      db, .studyStateMismatch, "study", into: &balance,
      sql: """
        SELECT id FROM study WHERE (state = 'scored') AND NOT EXISTS
          (SELECT 1 FROM run WHERE run.studyID = study.id AND run.state = 'finished')
        """)
  }

  private static func checkDigests(_ db: Database, into balance: inout Balance) throws {
    balance.problems += try wrongDigests(db).map {
      .init(code: .findingDigest, row: "finding \($0)")
    }
  }

  private static func wrongDigests(_ db: Database) throws -> [Int64] {
    var wrong: [Int64] = []
    let rows = try Row.fetchCursor(db, sql: "SELECT id, digest FROM finding ORDER BY id")
    while let row = try rows.next() {
      let id: Int64 = row["id"]
      // A finding whose run, study or series was torn away has no digest any more.
      if (try? digest(db, finding: id)) != row["digest"] { wrong.append(id) }
    }
    return wrong
  }

  private static func checkDatabase(_ db: Database, into balance: inout Balance) throws {
    if try String.fetchOne(db, sql: "PRAGMA quick_check(1)") != "ok" {
      balance.problems.append(.init(code: .databaseCheck, row: "store"))
    }
    for row in try Row.fetchAll(db, sql: "PRAGMA foreign_key_check") {
      let table: String = row["table"]
      let id: Int64? = row["rowid"]
      balance.problems.append(.init(code: .foreignKey, row: table + " \(id ?? 0)"))
    }
  }

  private static func checkOutputs(
    _ db: Database, in folder: String, into balance: inout Balance
  ) throws {
    // A later run writes its objects over those of the run that it supersedes.
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT outputObject.* FROM outputObject JOIN run ON run.id = outputObject.runID
        WHERE run.supersededByRunID IS NULL ORDER BY outputObject.id
        """)
    while let row = try rows.next() {
      let (id, path): (Int64, String) = (row["id"], row["path"])
      let found = SHA256.ofFile(folder + "/" + path)
      if found == nil {
        balance.problems.append(.init(code: .outputMissing, row: "outputObject \(id)"))
      } else if found?.sha256 != row["sha256"] || found?.byteCount != row["byteCount"] {
        balance.problems.append(.init(code: .outputChanged, row: "outputObject \(id)"))
      }
    }
  }

  private static func collect(
    _ db: Database, _ code: Balance.Problem.Code, _ table: String, into balance: inout Balance,
    sql: String
  ) throws {
    balance.problems += try Int64.fetchAll(db, sql: sql).map {
      .init(code: code, row: table + " \($0)")
    }
  }
}
