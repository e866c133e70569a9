import DICOM

/// Where a file stands. Every discovered file is in exactly one state (`Balance`).
package enum FileState: String, Sendable, Hashable, CaseIterable, Codable {
  /// Seen, not yet read.
  case pending
  /// Read and registered; its study is not scored yet. Counts as pending in the balance.
  case accepted
  case scored
  case skipped
  /// The same SOP instance with the same bytes as a file that is already there.
  case duplicate
  case quarantined
}

/// What tells a file from a later one of the same name without reading it.
package struct FileIdentity: Sendable, Hashable {
  package let path: Sensitive<String>
  package let byteCount: Int64
  /// Modification time, nanoseconds since 1970.
  package let modified: Int64

  package init(path: String, byteCount: Int64, modified: Int64) {
    self.path = Sensitive(path)
    self.byteCount = byteCount
    self.modified = modified
  }
}

/// A row of the table `file`.
package struct LedgerFile: Sendable {
  package let id: Int64
  package let identity: FileIdentity
  package let state: FileState
  /// Stable code of a skip or a quarantine.
  package let reason: String?
  /// Where in the file the trouble is, such as an attribute; never a value.
  package let place: String?
  package let sha256: String?
  /// Times that the process crashed while it worked on this file.
  package let crashes: Int
  /// Times that the process was killed, or lost power, while it worked on this file.
  package let kills: Int
}

/// What reading a file came to, before the store has looked for its twin.
package enum Arrival: Sendable {
  /// An instance to score.
  case instance(Instance)
  /// A file that is whole but not for us.
  case skip(reason: String, place: String?, sha256: String?, sopInstanceUID: String?)
  /// A file that cannot be used.
  case quarantine(reason: String, place: String?, sha256: String?)
}

/// How the store settled an arrival.
package enum Settlement: Sendable, Hashable {
  /// Registered; the study waits for scoring.
  case accepted(studyID: Int64)
  case duplicate(studyID: Int64)
  /// Same SOP Instance UID, other bytes: quarantined, both hashes kept.
  case conflict(studyID: Int64)
  case skipped(reason: String)
  case quarantined(reason: String)
}

/// How a file of a scored (or failed) study ends.
package enum FileOutcome: Sendable, Hashable {
  case scored
  case skipped(reason: String)
  case quarantined(reason: String, place: String?)
}
