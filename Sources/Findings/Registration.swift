import DICOM
import Foundation
import GRDB

/// From an instance that was read to rows of study, series and instance.
extension FindingsStore {
  /// Registers an instance, or tells that it is there already with the same or other bytes.
  static func register(_ db: Database, _ instance: Instance, file id: Int64) throws -> Settlement {
    let uid = instance.sopInstanceUID.value
    let known = try Row.fetchOne(
      db,
      sql: """
        SELECT instance.id, instance.sha256, instance.fileID, series.studyID,
          study.studyInstanceUID, file.state, file.reason
        FROM instance JOIN series ON series.id = instance.seriesID
          JOIN study ON study.id = series.studyID JOIN file ON file.id = instance.fileID
        WHERE instance.sopInstanceUID = ?
        """,
      arguments: [uid])
    if let known {
      return try meet(db, known: known, instance, file: id)
    }
    let study = try studyRow(db, instance)
    let series = try seriesRow(db, instance, study: study)
    try db.execute(
      sql: """
        INSERT INTO instance (seriesID, fileID, sopInstanceUID, sopClassUID, sha256, byteCount,
          rowCount, columnCount, frameCount) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        series, id, uid, instance.sopClassUID.value, instance.sha256, instance.byteCount,
        instance.rows, instance.columns, instance.numberOfFrames,
      ])
    try finish(
      db, file: id, as: .accepted, sha256: instance.sha256, sopInstanceUID: uid, study: study)
    return .accepted(studyID: study)
  }

  private static func meet(
    _ db: Database, known: Row, _ instance: Instance, file id: Int64
  ) throws -> Settlement {
    let (study, holder): (Int64, Int64) = (known["studyID"], known["fileID"])
    let hash: String = known["sha256"]
    if holder == id && hash == instance.sha256 {
      let state = FileState(rawValue: known["state"])
      if state == .accepted || state == .scored {
        try endWork(db, on: [id])
        return .accepted(studyID: study)
      }
      return try takeAgain(db, known: known, instance, file: id)
    }
    if canReplace(known, instance) { return try replace(db, known: known, instance, file: id) }
    if hash == instance.sha256 {
      try finish(
        db, file: id, as: .duplicate, reason: "same-instance", sha256: instance.sha256,
        sopInstanceUID: instance.sopInstanceUID.value, study: study)
      return .duplicate(studyID: study)
    }
    try event(
      db, "conflict", file: id, study: study,
      detail: "kept \(hash) quarantined \(instance.sha256)")
    try finish(
      db, file: id, as: .quarantined, reason: "conflicting-instance", place: "(0008,0018)",
      sha256: instance.sha256, sopInstanceUID: instance.sopInstanceUID.value, study: study)
    return .conflict(studyID: study)
  }

  /// The study of an instance, made or opened again for the late arrival.
  static func studyRow(_ db: Database, _ instance: Instance) throws -> Int64 {
    let known = try Row.fetchOne(
      db, sql: "SELECT id, state, modality FROM study WHERE studyInstanceUID = ?",
      arguments: [instance.studyInstanceUID.value])
    let time = now()
    guard let known else {
      try db.execute(
        sql: """
          INSERT INTO study (studyInstanceUID, patientID, accessionNumber, studyDate, modality,
            firstSeenAt, lastArrivalAt, expectedInstances, state)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending')
          """,
        arguments: [
          instance.studyInstanceUID.value, instance.patientID.value,
          instance.accessionNumber.value, instance.studyDate.value, instance.modality, time, time,
          instance.numberOfStudyRelatedInstances,
        ])
      return db.lastInsertedRowID
    }
    let id: Int64 = known["id"]
    let state: String = known["state"]
    if state != "pending" { try event(db, "reopened", study: id, detail: state) }
    let modalities = Set((known["modality"] as String).split(separator: "\\").map(String.init))
      .union([instance.modality]).filter { !$0.isEmpty }.sorted().joined(separator: "\\")
    try db.execute(
      sql: """
        UPDATE study SET state = 'pending', lastArrivalAt = ?, modality = ?, readAt = NULL,
          expectedInstances = max(coalesce(expectedInstances, ?), coalesce(?, expectedInstances))
        WHERE id = ?
        """,
      arguments: [
        time, modalities, instance.numberOfStudyRelatedInstances,
        instance.numberOfStudyRelatedInstances, id,
      ])
    return id
  }

  private static func seriesRow(
    _ db: Database, _ instance: Instance, study: Int64
  ) throws -> Int64 {
    try db.execute(
      sql: """
        INSERT INTO series (studyID, seriesInstanceUID, modality, expectedInstances)
        VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
        """,
      arguments: [
        study, instance.seriesInstanceUID.value, instance.modality,
        instance.numberOfSeriesRelatedInstances,
      ])
    return try Int64.fetchOne(
      db, sql: "SELECT id FROM series WHERE studyID = ? AND seriesInstanceUID = ?",
      arguments: [study, instance.seriesInstanceUID.value]) ?? 0
  }
}
