import Foundation
import GRDB
import Glibc

/// Tells a crash of our own from a kill.
///
/// A file that crashes its reader must not be tried for ever, but a file that happened to be open
/// when somebody stopped the process is innocent. The handler of the crash signals leaves a note
/// beside the store; files under way count as crashed when the note is there and as killed
/// otherwise.
package enum CrashNote {
  // Written once before the handlers are installed, then only read, by the handler.
  nonisolated(unsafe) private static var path: UnsafeMutablePointer<CChar>?

  static func path(for store: String) -> String { store + ".crash" }

  /// Leaves a note beside `store` when this process dies of a crash signal. Call once, early.
  package static func install(for store: String) {
    guard path == nil else { return }
    path = strdup(Self.path(for: store))
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in
      // Only async-signal-safe calls. The default action follows when the handler returns.
      if let path = CrashNote.path { close(open(path, O_WRONLY | O_CREAT, 0o600)) }
    }
    action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
    for number in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP] {
      sigaction(number, &action, nil)
    }
  }
}

extension FindingsStore {
  /// Crashes after which a file is given up.
  package static let crashLimit = 2
  /// Kills after which a file is given up: the out-of-memory killer leaves no note.
  package static let killLimit = 16

  static func settleInterruptedWork(
    _ database: any DatabaseWriter, noteOf path: String
  ) throws {
    let note = CrashNote.path(for: path)
    let crashed = access(note, F_OK) == 0
    let column = crashed ? "crashes" : "kills"
    try database.write { db in
      try db.execute(
        sql: "UPDATE file SET \(column) = \(column) + 1, underWay = 0 WHERE underWay <> 0")
    }
    if crashed { unlink(note) }
  }

  /// Marks files as being worked on, before the work: what is still marked when the store is
  /// opened again was interrupted. Settling a file takes the mark off.
  package func beginWork(on fileIDs: [Int64]) throws {
    try write("file") { db in
      for id in fileIDs {
        try db.execute(sql: "UPDATE file SET underWay = 1 WHERE id = ?", arguments: [id])
      }
    }
  }

  /// Takes the marks off again, for work that was given back undone.
  package func endWork(on fileIDs: [Int64]) throws {
    try write("file") { try Self.endWork($0, on: fileIDs) }
  }

  static func endWork(_ db: Database, on fileIDs: [Int64]) throws {
    for id in fileIDs {
      try db.execute(sql: "UPDATE file SET underWay = 0 WHERE id = ?", arguments: [id])
    }
  }
}
