import DICOM
import Foundation
import GRDB

/// The ledger of files: discovery and the outcome of reading.
extension FindingsStore {
  /// The rows of these files, made where missing; one event `discovered` for each new one. A file
  /// that changed before it could be read keeps its row.
  package func discover(_ files: [FileIdentity]) throws -> [LedgerFile] {
    try write("file") { db in
      try files.map { identity in
        if let known = try Self.ledgerFile(db, identity) { return known }
        if let unread = try Self.unreadFile(db, identity) { return unread }
        try db.execute(
          sql: """
            INSERT INTO file (path, byteCount, modified, state, discoveredAt)
            VALUES (?, ?, ?, 'pending', ?)
            """,
          arguments: [identity.path.value, identity.byteCount, identity.modified, now()])
        let id = db.lastInsertedRowID
        try Self.event(db, "discovered", file: id)
        return LedgerFile(
          id: id, identity: identity, state: .pending, reason: nil, place: nil, sha256: nil,
          crashes: 0, kills: 0)
      }
    }
  }

  /// The row of a file, nil when it was never discovered in this version.
  package func ledgerFile(_ identity: FileIdentity) throws -> LedgerFile? {
    try read { try Self.ledgerFile($0, identity) }
  }

  package func ledgerFile(id: Int64) throws -> LedgerFile? {
    try read { db in
      try Row.fetchOne(db, sql: "SELECT * FROM file WHERE id = ?", arguments: [id])
        .map(Self.ledgerFile(of:))
    }
  }

  /// All rows in these states, in order of discovery, `page` at a time from after `id`.
  package func ledgerFiles(
    in states: Set<FileState>, after id: Int64 = 0, page: Int = 1000
  ) throws -> [LedgerFile] {
    let names = states.map(\.rawValue).sorted()
    return try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT * FROM file WHERE id > ? AND state IN (\(databaseQuestionMarks(count: names.count)))
          ORDER BY id LIMIT ?
          """,
        arguments: [id] + StatementArguments(names) + [page]
      ).map(Self.ledgerFile(of:))
    }
  }

  /// Records what reading came to, for several files in one transaction, and says how each was
  /// settled. Settling the same file again the same way changes nothing.
  package func settle(_ arrivals: [(fileID: Int64, arrival: Arrival)]) throws -> [Settlement] {
    try write("file") { db in
      try arrivals.map { try Self.settle(db, file: $0.fileID, $0.arrival) }
    }
  }

  private static func settle(
    _ db: Database, file id: Int64, _ arrival: Arrival
  ) throws -> Settlement {
    switch arrival {
    case .instance(let instance):
      return try register(db, instance, file: id)
    case .skip(let reason, let place, let sha256, let sopInstanceUID):
      try finish(
        db, file: id, as: .skipped, reason: reason, place: place, sha256: sha256,
        sopInstanceUID: sopInstanceUID)
      return .skipped(reason: reason)
    case .quarantine(let reason, let place, let sha256):
      try finish(db, file: id, as: .quarantined, reason: reason, place: place, sha256: sha256)
      return .quarantined(reason: reason)
    }
  }

  /// Puts a file into a state and tells the event log when that is new.
  static func finish(
    _ db: Database, file id: Int64, as state: FileState, reason: String? = nil,
    place: String? = nil, sha256: String? = nil, sopInstanceUID: String? = nil,
    study: Int64? = nil
  ) throws {
    guard
      let before = try Row.fetchOne(
        db, sql: "SELECT state, reason FROM file WHERE id = ?", arguments: [id])
    else { throw StoreError(.unknownRow, at: "file") }
    try db.execute(
      sql: """
        UPDATE file SET state = ?, reason = ?, place = ?, sha256 = coalesce(?, sha256),
          sopInstanceUID = coalesce(?, sopInstanceUID), underWay = 0, crashes = 0, kills = 0,
          settledAt = ? WHERE id = ?
        """,
      arguments: [state.rawValue, reason, place, sha256, sopInstanceUID, now(), id])
    let same = before["state"] == state.rawValue && before["reason"] == reason
    if !same { try event(db, state.rawValue, file: id, study: study, detail: reason) }
  }

  static func event(
    _ db: Database, _ kind: String, file: Int64? = nil, study: Int64? = nil,
    detail: String? = nil
  ) throws {
    try db.execute(
      sql: "INSERT INTO event (kind, at, fileID, studyID, detail) VALUES (?, ?, ?, ?, ?)",
      arguments: [kind, now(), file, study, detail])
  }

  /// The row of the same path that was never read, brought up to date.
  private static func unreadFile(_ db: Database, _ identity: FileIdentity) throws -> LedgerFile? {
    let id = try Int64.fetchOne(
      db, sql: "SELECT id FROM file WHERE path = ? AND state = 'pending'",
      arguments: [identity.path.value])
    guard let id else { return nil }
    try db.execute(
      sql: "UPDATE file SET byteCount = ?, modified = ? WHERE id = ?",
      arguments: [identity.byteCount, identity.modified, id])
    return try ledgerFile(db, identity)
  }

  private static func ledgerFile(_ db: Database, _ identity: FileIdentity) throws -> LedgerFile? {
    try Row.fetchOne(
      db, sql: "SELECT * FROM file WHERE path = ? AND byteCount = ? AND modified = ?",
      arguments: [identity.path.value, identity.byteCount, identity.modified]
    ).map(ledgerFile(of:))
  }

  static func ledgerFile(of row: Row) -> LedgerFile {
    LedgerFile(
      id: row["id"],
      identity: FileIdentity(
        path: row["path"], byteCount: row["byteCount"], modified: row["modified"]),
      state: FileState(rawValue: row["state"]) ?? .pending, reason: row["reason"],
      place: row["place"], sha256: row["sha256"], crashes: row["crashes"], kills: row["kills"])
  }
}
