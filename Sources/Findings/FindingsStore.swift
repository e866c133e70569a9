import Foundation
import GRDB
import Glibc

/// The SQLite file of studies, files, findings and events: the one place where the state of all
/// work lives.
///
/// WAL with `synchronous=FULL`, foreign keys on, at most one writing process at a time; readers
/// come and go. It never wipes or replaces a file that it cannot open. Calls are blocking and may
/// come from any thread. Every method throws `StoreError`.
package final class FindingsStore: Sendable {
  package enum Mode: Sendable {
    /// Makes the store when it is missing, brings an older one up to date, holds the lock.
    case write
    /// Opens what is there and changes nothing.
    case read
  }

  let database: any DatabaseWriter
  private let lock: StoreLock?
  package let path: String

  /// - Throws: `StoreError`: `locked`, `missing`, `newerSchema`, `olderSchema` (reading),
  ///   `notAStore`, `notLocal`, `readOnly`, `full`, `corrupt`.
  package init(path: String, mode: Mode = .write) throws {
    self.path = path
    if mode == .read, access(path, F_OK) != 0 { throw StoreError(.missing) }
    try Self.refuseNetworkFileSystem(of: path)
    lock = mode == .write ? try StoreLock(path: path + ".lock") : nil
    do {
      database = try Self.open(path, mode)
      try Self.checkAndMigrate(database, mode)
      if mode == .write { try Self.settleInterruptedWork(database, noteOf: path) }
    } catch {
      throw StoreError.from(error)
    }
  }

  /// Writes what WAL holds into the file and closes it.
  package func close() throws {
    do { try database.close() } catch { throw StoreError.from(error) }
  }

  private static func open(_ path: String, _ mode: Mode) throws -> any DatabaseWriter {
    var configuration = Configuration()
    configuration.foreignKeysEnabled = true
    configuration.busyMode = .timeout(10)
    configuration.readonly = mode == .read
    configuration.publicStatementArguments = false  // values are patient data
    guard mode == .write else { return try DatabaseQueue(path: path, configuration: configuration) }
    configuration.journalMode = .wal
    configuration.maximumReaderCount = 2
    let pool = try DatabasePool(path: path, configuration: configuration)
    chmod(path, 0o600)
    // After opening: GRDB sets NORMAL for WAL, which may lose a commit at power loss.
    try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
    return pool
  }

  private static func checkAndMigrate(_ database: any DatabaseWriter, _ mode: Mode) throws {
    let migrator = Schema.migrator
    try database.read { db in
      // The list of migrations alone is a store whose making was cut short, by a full disk say.
      let tables =
        try Int.fetchOne(
          db,
          sql: """
            SELECT count(*) FROM sqlite_master
            WHERE tbl_name <> 'grdb_migrations' AND name NOT LIKE 'sqlite_%'
            """) ?? 0
      let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
      if tables > 0, application != Schema.applicationID { throw StoreError(.notAStore) }
      if tables == 0, mode == .read { throw StoreError(.missing) }
      if try migrator.hasBeenSuperseded(db) { throw StoreError(.newerSchema) }
      if mode == .read, try !migrator.appliedIdentifiers(db).contains(Schema.oldestReadable) {
        throw StoreError(.olderSchema)
      }
    }
    if mode == .write { try migrator.migrate(database) }
  }

  private static func refuseNetworkFileSystem(of path: String) throws {
    let folder = (path as NSString).deletingLastPathComponent
    guard let kind = FileSystemKind.of(folder.isEmpty ? "." : folder) else { return }
    if FileSystemKind.network.contains(kind) { throw StoreError(.notLocal) }
  }

  /// One transaction.
  func write<T>(_ place: String = "store", _ body: (Database) throws -> T) throws -> T {
    do { return try database.write(body) } catch { throw StoreError.from(error, at: place) }
  }

  func read<T>(_ body: (Database) throws -> T) throws -> T {
    do { return try database.read(body) } catch { throw StoreError.from(error) }
  }
}

/// The clock of the store, to the millisecond that its text keeps.
func now() -> Date { Date() }

extension FindingsStore {
  /// How the writing connection is set: what durability rests on.
  package struct Settings: Sendable, Hashable {
    package let journalMode: String
    /// 2 is FULL.
    package let synchronous: Int
    package let foreignKeys: Bool
  }

  package func settings() throws -> Settings {
    do {
      return try database.writeWithoutTransaction { db in
        Settings(
          journalMode: try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? "",
          synchronous: try Int.fetchOne(db, sql: "PRAGMA synchronous") ?? 0,
          foreignKeys: try Bool.fetchOne(db, sql: "PRAGMA foreign_keys") ?? false)
      }
    } catch {
      throw StoreError.from(error)
    }
  }
}
