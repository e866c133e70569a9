import DICOM
import Foundation
import GRDB

/// An instance whose file could not be used and now can: put back, or sent anew.
extension FindingsStore {
  /// Reasons that say nothing about the bytes of a file: the same bytes elsewhere may be sound.
  private static let lost: Set<String> = [
    DICOMError.Code.unreadableFile.rawValue, DICOMError.Code.changedFile.rawValue, "vanished",
  ]

  /// True when the file that holds an instance is quarantined and this one may be sound.
  static func canReplace(_ known: Row, _ instance: Instance) -> Bool {
    let (state, reason): (String, String?) = (known["state"], known["reason"])
    let (study, hash): (String, String) = (known["studyInstanceUID"], known["sha256"])
    guard state == FileState.quarantined.rawValue, study == instance.studyInstanceUID.value else {
      return false
    }
    return hash != instance.sha256 || reason.map(lost.contains) ?? false
  }

  /// The file that holds an instance is back as it was.
  static func takeAgain(
    _ db: Database, known: Row, _ instance: Instance, file id: Int64
  ) throws -> Settlement {
    try reopen(db, known: known, instance)
    try finish(
      db, file: id, as: .accepted, sha256: instance.sha256,
      sopInstanceUID: instance.sopInstanceUID.value, study: known["studyID"])
    return .accepted(studyID: known["studyID"])
  }

  /// Another file takes the place of the one that could not be used; copies of the old bytes are
  /// no longer duplicates of anything.
  static func replace(
    _ db: Database, known: Row, _ instance: Instance, file id: Int64
  ) throws -> Settlement {
    let (row, hash): (Int64, String) = (known["id"], known["sha256"])
    let uid = instance.sopInstanceUID.value
    if hash != instance.sha256 {
      let copies = try Int64.fetchAll(
        db,
        sql: "SELECT id FROM file WHERE state = 'duplicate' AND sopInstanceUID = ? AND sha256 = ?",
        arguments: [uid, hash])
      for copy in copies {
        try finish(
          db, file: copy, as: .quarantined, reason: "conflicting-instance", place: "(0008,0018)",
          study: known["studyID"])
      }
    }
    try db.execute(
      sql: """
        UPDATE instance SET fileID = ?, sha256 = ?, byteCount = ?, rowCount = ?, columnCount = ?,
          frameCount = ? WHERE id = ?
        """,
      arguments: [
        id, instance.sha256, instance.byteCount, instance.rows, instance.columns,
        instance.numberOfFrames, row,
      ])
    try event(
      db, "replaced", file: id, study: known["studyID"],
      detail: "kept \(instance.sha256) instead of \(hash)")
    return try takeAgain(db, known: known, instance, file: id)
  }

  /// Opens the study for scoring.
  private static func reopen(_ db: Database, known: Row, _ instance: Instance) throws {
    let (row, study): (Int64, Int64) = (known["id"], known["studyID"])
    try db.execute(
      sql: "DELETE FROM run WHERE studyID = ? AND state = 'failed'", arguments: [study])
    try retireRuns(db, study: study, without: row)
    _ = try studyRow(db, instance)
    try db.execute(sql: "UPDATE study SET failureCode = NULL WHERE id = ?", arguments: [study])
  }

  /// The keys of runs that did not use the instance name it as input all the same: they are
  /// changed, so that the work counts as not done, and with them the digests of the findings.
  private static func retireRuns(_ db: Database, study: Int64, without instance: Int64) throws {
    let runs = try Int64.fetchAll(
      db,
      sql: """
        SELECT id FROM run WHERE studyID = ? AND workKey NOT LIKE '%-retired-%'
          AND id NOT IN (SELECT runID FROM runInstance WHERE instanceID = ?)
        """, arguments: [study, instance])
    for run in runs {
      // A digest that is wrong already stays wrong.
      let sound = try Row.fetchAll(
        db, sql: "SELECT id, digest FROM finding WHERE runID = ?", arguments: [run]
      ).filter { try digest(db, finding: $0["id"]) == $0["digest"] }.map { $0["id"] as Int64 }
      try db.execute(
        sql: "UPDATE run SET workKey = workKey || '-retired-' || id WHERE id = ?",
        arguments: [run])
      for finding in sound {
        try db.execute(
          sql: "UPDATE finding SET digest = ? WHERE id = ?",
          arguments: [try digest(db, finding: finding), finding])
      }
    }
  }
}
