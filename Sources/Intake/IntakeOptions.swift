import DICOM
import Findings

/// How files come in and what becomes of them.
package struct IntakeOptions: Sendable {
  /// What is done with files of the inbox once their study is scored.
  package enum After: String, Sendable, CaseIterable, Codable {
    case keep
    /// Into `doneFolder`, named by their SHA-256.
    case move
    case delete
  }

  package var quarantine: Quarantine
  package var after = After.keep
  /// Needed for `move`.
  package var doneFolder: String?
  /// Folders that are never scanned: the output folder when it lies in the inbox. The quarantine
  /// and the done folder are left out anyway.
  package var excludedFolders: [String] = []
  /// Files that are never taken, under whatever name: those of the store.
  package var excludedFiles: [String] = []
  /// Workers that read headers in a batch.
  package var readers = 2
  /// Files in one transaction of a batch.
  package var chunk = 32

  /// Seconds without a new file after which a study counts as complete.
  package var quietSeconds = 10.0
  /// Seconds between two looks at a file that nobody said was closed.
  package var lookInterval = 1.0
  /// Seconds that a file which does not parse must be still before it is quarantined.
  package var patience = 20.0
  /// Seconds between two scans of the whole inbox.
  package var rescanInterval = 30.0
  /// False leaves everything to rescans, as on network file systems.
  package var usesInotify = true

  /// Called for each file as it is settled; from any thread.
  package var onFile: @Sendable (FileReport) -> Void = { _ in }

  package init(quarantine: Quarantine) { self.quarantine = quarantine }

  var excluded: [String] {
    excludedFolders + [quarantine.folder] + (doneFolder.map { [$0] } ?? [])
  }
}

/// One file that was settled: one line for a person.
package struct FileReport: Sendable {
  package let fileID: Int64
  package let path: Sensitive<String>
  package let settlement: Settlement
  /// Where in the file the trouble is.
  package let place: String?

  /// Code of a skip, conflict or quarantine; nil when the file is fine.
  package var reason: String? {
    switch settlement {
    case .accepted, .duplicate: nil
    case .conflict: IntakeReason.conflict
    case .skipped(let reason), .quarantined(let reason): reason
    }
  }

  /// True for what a run must report and exit 3 for.
  package var isFailure: Bool {
    switch settlement {
    case .conflict, .quarantined: true
    case .accepted, .duplicate, .skipped: false
    }
  }
}

/// A study that is complete and has not been scored: its instances as they are now.
package struct StudyWork: Sendable {
  package let studyID: Int64
  package let studyInstanceUID: String
  /// By SOP Instance UID.
  package let instances: [Instance]
  /// Ledger ids, in the order of `instances`.
  package let fileIDs: [Int64]
  /// Over all registered instances of the study: a part of the work key.
  package let inputDigest: String
  package let summary: StudySummary
}

/// What to do with a complete study.
package enum StudyDecision: Sendable, Hashable {
  case score
  /// This work has been done before.
  case done
  /// No model is for it.
  case skip(reason: String)
}

/// Asked for each complete study before its files are read again: summary and input digest in,
/// decision out. Usually `store.needsScoring` over a `WorkKey`.
package typealias StudyDecider = @Sendable (StudySummary, String) throws -> StudyDecision

/// Where studies come from: the source of a pipeline.
///
/// Every study that `next` gives must be ended by `IntakeSession.record`; a study that crashed the
/// program before is given only when nothing else is under way.
package protocol StudySource: Sendable {
  /// Waits for the next study; nil when there will be none, or after a stop.
  func next() throws -> StudyWork?
}
