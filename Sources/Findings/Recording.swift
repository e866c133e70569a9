import Foundation
import GRDB

/// Whether a result was new to the store.
package enum RecordOutcome: Sendable, Hashable {
  case recorded(runID: Int64)
  /// The same work was recorded before; nothing was added.
  case alreadyRecorded(runID: Int64)
}

extension FindingsStore {
  /// Records what scoring a study came to: run, findings, regions, objects, states of the files
  /// that were scored and an event, in one transaction. A second call with the same work key adds
  /// nothing. The study stays pending while other files of it wait.
  @discardableResult
  package func record(_ result: StudyResult) throws -> RecordOutcome {
    try write("run") { db in
      if let known = try Self.finishedRun(db, result.key) {
        try Self.settleFiles(db, result, run: known)
        return .alreadyRecorded(runID: known)
      }
      let model = try Self.modelRow(db, result.model)
      let run = try Self.runRow(
        db, study: result.studyID, model: model, key: result.key, state: "finished",
        from: result.startedAt, to: result.finishedAt)
      for (index, finding) in result.findings.enumerated() {
        try Self.insert(db, finding, at: index, run: run, study: result.studyID)
      }
      for output in result.outputs { try Self.insert(db, output, run: run, finding: nil) }
      try Self.supersede(db, by: run, study: result.studyID)
      try Self.settleFiles(db, result, run: run)
      try Self.event(db, "scored-study", study: result.studyID, detail: result.key.digest)
      return .recorded(runID: run)
    }
  }

  /// Records that scoring a study failed; the study stays on the worklist as unscored.
  package func record(_ failure: StudyFailure) throws {
    try write("run") { db in
      try Self.endWork(db, on: failure.fileIDs)
      guard try Self.finishedRun(db, failure.key) == nil else { return }
      let model = try Self.modelRow(db, failure.model)
      let run = try Self.runRow(
        db, study: failure.studyID, model: model, key: failure.key, state: "failed", from: now(),
        to: now())
      try db.execute(
        sql: "UPDATE run SET failureCode = ?, failurePlace = ? WHERE id = ?",
        arguments: [failure.code, failure.place, run])
      let tried = Set(failure.fileIDs)
      for file in try Self.files(db, study: failure.studyID)
      where file.state == .accepted && tried.contains(file.fileID) {
        let outcome =
          failure.outcomes[file.fileID] ?? .quarantined(reason: failure.code, place: failure.place)
        try Self.apply(db, outcome, to: file, study: failure.studyID)
      }
      try Self.setState(db, study: failure.studyID, orElse: "failed", failure: failure.code)
      try Self.event(db, "failed-study", study: failure.studyID, detail: failure.code)
    }
  }

  /// Ends work on a study that no model is for: those of `fileIDs` that wait are skipped with
  /// `reason`, or with what `outcomes` says of them.
  package func skipStudy(
    id: Int64, fileIDs: [Int64], reason: String, outcomes: [Int64: FileOutcome] = [:]
  ) throws {
    try write("study") { db in
      try Self.endWork(db, on: fileIDs)
      let tried = Set(fileIDs)
      for file in try Self.files(db, study: id)
      where file.state == .accepted && tried.contains(file.fileID) {
        try Self.apply(
          db, outcomes[file.fileID] ?? .skipped(reason: reason), to: file, study: id)
      }
      try Self.setState(db, study: id, orElse: "skipped", failure: nil)
    }
  }

  /// Ends work on a study that crashes the program: those of `fileIDs` that wait are quarantined
  /// with `reason`.
  package func giveUp(studyID id: Int64, fileIDs: [Int64], reason: String) throws {
    try write("study") { db in
      try Self.endWork(db, on: fileIDs)
      let tried = Set(fileIDs)
      for file in try Self.files(db, study: id)
      where file.state == .accepted && tried.contains(file.fileID) {
        try Self.apply(db, .quarantined(reason: reason, place: nil), to: file, study: id)
      }
      try Self.setState(db, study: id, orElse: "failed", failure: reason)
      try Self.event(db, "failed-study", study: id, detail: reason)
    }
  }

  /// Opens failed studies for another try: their failed runs go, their files wait again.
  /// Gives back how many studies that is.
  @discardableResult
  package func retryFailed() throws -> Int {
    try write("run") { db in
      let studies = try Int64.fetchAll(db, sql: "SELECT id FROM study WHERE failureCode NOT NULL")
      for id in studies {
        for file in try Self.files(db, study: id) where file.state == .quarantined {
          try Self.finish(db, file: file.fileID, as: .accepted, study: id)
        }
        try db.execute(
          sql: "DELETE FROM run WHERE studyID = ? AND state = 'failed'", arguments: [id])
        try db.execute(
          sql: "UPDATE study SET state = 'pending', failureCode = NULL WHERE id = ?",
          arguments: [id])
        try Self.event(db, "retried", study: id)
      }
      return studies.count
    }
  }

  private static func finishedRun(_ db: Database, _ key: WorkKey) throws -> Int64? {
    try Int64.fetchOne(
      db, sql: "SELECT id FROM run WHERE workKey = ? AND state = 'finished'",
      arguments: [key.digest])
  }

  private static func hasFinishedRun(_ db: Database, study: Int64) throws -> Bool {
    try Int.fetchOne(
      db, sql: "SELECT 1 FROM run WHERE studyID = ? AND state = 'finished'", arguments: [study])
      != nil
  }

  /// Pending while a file waits, scored when a run is there, else `other`.
  private static func setState(
    _ db: Database, study: Int64, orElse other: String, failure: String?
  ) throws {
    let waits = try files(db, study: study).contains { $0.state == .accepted }
    let state =
      waits ? "pending" : try hasFinishedRun(db, study: study) ? "scored" : other
    try db.execute(
      sql: "UPDATE study SET state = ?, failureCode = ? WHERE id = ?",
      arguments: [state, failure, study])
  }

  private static func modelRow(_ db: Database, _ model: ModelIdentity) throws -> Int64 {
    try db.execute(
      sql: """
        INSERT INTO model (name, version, digest, card) VALUES (?, ?, ?, ?)
        ON CONFLICT DO NOTHING
        """, arguments: [model.name, model.version, model.digest, model.card])
    return try Int64.fetchOne(
      db, sql: "SELECT id FROM model WHERE digest = ?", arguments: [model.digest]) ?? 0
  }

  private static func runRow(
    _ db: Database, study: Int64, model: Int64, key: WorkKey, state: String, from: Date, to: Date
  ) throws -> Int64 {
    try db.execute(
      sql: "DELETE FROM run WHERE workKey = ? AND state = 'failed'", arguments: [key.digest])
    try db.execute(
      sql: """
        INSERT INTO run (studyID, modelID, planVersion, inputDigest, workKey, state, startedAt,
          finishedAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        study, model, key.planVersion, key.inputDigest, key.digest, state, from, to,
      ])
    return db.lastInsertedRowID
  }

  /// Earlier runs on this study, with whichever model, no longer count: a run is over all
  /// instances that the study had, so the latest one covers what came before.
  private static func supersede(_ db: Database, by run: Int64, study: Int64) throws {
    try db.execute(
      sql: """
        UPDATE run SET supersededByRunID = ? WHERE studyID = ? AND id <> ?
          AND supersededByRunID IS NULL AND state = 'finished'
        """, arguments: [run, study, run])
  }

  private static func settleFiles(_ db: Database, _ result: StudyResult, run: Int64) throws {
    try endWork(db, on: result.fileIDs)
    let tried = Set(result.fileIDs)
    for file in try files(db, study: result.studyID) where tried.contains(file.fileID) {
      guard file.state == .accepted || file.state == .scored else { continue }
      let outcome = result.outcomes[file.fileID] ?? .scored
      try apply(db, outcome, to: file, study: result.studyID)
      guard outcome == .scored else { continue }
      try db.execute(
        sql: "INSERT INTO runInstance (runID, instanceID) VALUES (?, ?) ON CONFLICT DO NOTHING",
        arguments: [run, file.instanceID])
    }
    try setState(db, study: result.studyID, orElse: "scored", failure: nil)
  }

  private static func apply(
    _ db: Database, _ outcome: FileOutcome, to file: StudyFile, study: Int64
  ) throws {
    switch outcome {
    case .scored:
      try finish(db, file: file.fileID, as: .scored, study: study)
    case .skipped(let reason):
      guard file.state != .scored else { return }  // an earlier run has used it
      try finish(db, file: file.fileID, as: .skipped, reason: reason, study: study)
    case .quarantined(let reason, let place):
      guard file.state != .scored else { return }
      try finish(
        db, file: file.fileID, as: .quarantined, reason: reason, place: place, study: study)
    }
  }
}
