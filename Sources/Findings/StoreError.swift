import GRDB

/// Why the store could not do what was asked: a stable code and the class of the place, never a
/// path or a value.
package struct StoreError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Stable names; `exitCode` says what a command makes of each (docs/cli.md).
  package enum Code: String, Sendable, Hashable, CaseIterable {
    /// Another process writes to this store.
    case locked
    case missing
    /// Made by a newer version: refused, never changed.
    case newerSchema = "newer-schema"
    /// Made by an older version: a command that writes brings it up to date.
    case olderSchema = "older-schema"
    /// A file that is there but is not a store of this program.
    case notAStore = "not-a-store"
    /// No space, or the disk failed: SQLite reports a full disk as either.
    case full
    case readOnly = "read-only"
    case corrupt
    /// On a network file system, where SQLite's locks cannot be trusted.
    case notLocal = "not-local"
    /// A row that the caller named does not exist.
    case unknownRow = "unknown-row"
    case internalFailure = "internal-failure"
  }

  package let code: Code
  /// The class of the place: `store`, `lock`, `output`, `quarantine`, or a table's name.
  package let place: String
  /// SQLite's primary result code, or errno; 0 when there is none.
  package let systemCode: Int32

  package init(_ code: Code, at place: String = "store", systemCode: Int32 = 0) {
    self.code = code
    self.place = place
    self.systemCode = systemCode
  }

  /// 10 store missing or newer; 11 locked; 1 everything else.
  package var exitCode: Int32 {
    switch code {
    case .missing, .newerSchema, .olderSchema, .notAStore: 10
    case .locked: 11
    default: 1
    }
  }

  /// What a person can do about it.
  package var advice: String {
    switch code {
    case .locked: "wait for the other pleura process, or stop it"
    case .missing: "give --store a file that `pleura score` or `pleura watch` has made"
    case .newerSchema: "use the pleura version that made this store, or a newer one"
    case .olderSchema: "run `pleura score` or `pleura watch` once: it brings the store up to date"
    case .notAStore: "give --store another file: this one is not a pleura store"
    case .full: "free space on the disk of the store, then run the same command again"
    case .readOnly: "make the store and its folder writable for this user"
    case .corrupt: "restore the store from a backup; its file is left as it is"
    case .notLocal: "put the store on a local disk"
    case .unknownRow, .internalFailure: "report the code and the place to the developers"
    }
  }

  package var description: String { "store-" + code.rawValue + ": " + place }

  /// The error for what SQLite reported.
  static func from(_ error: any Error, at place: String = "store") -> any Error {
    guard let error = error as? DatabaseError else { return error }
    let code: Code =
      switch error.resultCode {
      case .SQLITE_FULL, .SQLITE_IOERR: .full
      case .SQLITE_READONLY, .SQLITE_PERM: .readOnly
      case .SQLITE_CORRUPT: .corrupt
      case .SQLITE_NOTADB: .notAStore
      case .SQLITE_BUSY, .SQLITE_LOCKED: .locked
      case .SQLITE_CANTOPEN: .missing
      default: .internalFailure
      }
    return StoreError(code, at: place, systemCode: error.resultCode.rawValue)
  }
}
