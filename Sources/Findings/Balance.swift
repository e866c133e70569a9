/// Whether every file that came in is accounted for, and every result still is what was recorded.
package struct Balance: Sendable {
  /// One thing that does not add up.
  package struct Problem: Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable, Hashable, CaseIterable {
      /// A `discovered` event whose ledger row is gone, or a row without its event.
      case lostFile = "lost-file"
      case undiscoveredFile = "undiscovered-file"
      /// A file that lies in the folder but is not in the ledger.
      case fileNotInLedger = "file-not-in-ledger"
      /// A file in state `scored` without a finished run that used its instance.
      case scoredWithoutRun = "scored-without-run"
      /// A skipped or quarantined file without a reason.
      case missingReason = "missing-reason"
      /// A duplicate whose twin is not there.
      case duplicateWithoutOriginal = "duplicate-without-original"
      case studyStateMismatch = "study-state-mismatch"
      case findingDigest = "finding-digest"
      case outputMissing = "output-missing"
      case outputChanged = "output-changed"
      case sumMismatch = "sum-mismatch"
      case databaseCheck = "database-check"
      case foreignKey = "foreign-key"
    }

    package let code: Code
    /// The table and row id, such as `file 17`; never a path or a UID.
    package let row: String

    package var description: String { code.rawValue + ": " + row }
  }

  /// Files by state.
  package var counts: [FileState: Int] = [:]
  /// Distinct files that were discovered, by the event log.
  package var discovered = 0
  /// Skips and quarantines by reason.
  package var reasons: [String: Int] = [:]
  package var findings = 0
  package var outputs = 0
  package var problems: [Problem] = []

  package init() {}

  package var pending: Int { counts[.pending, default: 0] + counts[.accepted, default: 0] }
  /// scored + skipped + duplicate + quarantined + pending.
  package var total: Int { counts.values.reduce(0, +) }
  /// True when the sum holds and nothing else is wrong.
  package var isBalanced: Bool { problems.isEmpty && discovered == total }

  /// `412 files = 400 scored + 3 skipped + 2 duplicate + 7 quarantined + 0 pending`.
  package var line: String {
    let parts = [FileState.scored, .skipped, .duplicate, .quarantined].map {
      "\(counts[$0, default: 0]) \($0.rawValue)"
    }
    return "\(discovered) files = " + (parts + ["\(pending) pending"]).joined(separator: " + ")
  }
}
