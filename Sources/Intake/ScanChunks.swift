import Findings
import Synchronization

/// The new files of a scan in chunks, entered in the ledger and marked as under way: the source of
/// the reading pipeline.
final class ScanChunks: Sendable {
  private struct State {
    var scan: FolderScan
    var suspects: [LedgerFile] = []
  }

  private let session: IntakeSession
  private let tally: Tally
  private let state: Mutex<State>

  init(session: IntakeSession, paths: [String], tally: Tally) {
    self.session = session
    self.tally = tally
    let scan = FolderScan(
      paths: paths, excluding: session.options.excluded, files: session.options.excludedFiles)
    state = Mutex(State(scan: scan))
  }

  /// Files that were under way when the process crashed; complete once `next` has given nil.
  var suspects: [LedgerFile] { state.withLock { $0.suspects } }

  /// The next chunk with anything to read; nil at the end of the scan.
  func next() throws -> [LedgerFile]? {
    try state.withLock { state in
      while true {
        var identities: [FileIdentity] = []
        var ended = false
        while identities.count < session.options.chunk, !ended {
          switch state.scan.next() {
          case .file(let identity): identities.append(identity)
          case .unreadable(let identity):
            try session.settleFolder(identity, isReadable: false)
            tally.addUnreadable()
          case .folder(let path):
            try session.settleFolder(
              FileIdentity(path: path, byteCount: 0, modified: 0), isReadable: true)
          case nil: ended = true
          }
        }
        let fresh = try enter(identities, suspects: &state.suspects)
        if !fresh.isEmpty { return fresh }
        if ended { return nil }
      }
    }
  }

  private func enter(
    _ identities: [FileIdentity], suspects: inout [LedgerFile]
  ) throws -> [LedgerFile] {
    guard !identities.isEmpty else { return [] }
    let files = try session.store.discover(identities)
    var fresh: [LedgerFile] = []
    var settled: [LedgerFile] = []
    for file in files {
      if !IntakeSession.isRetried(file) {
        settled.append(file)
      } else if file.crashes > 0 {
        suspects.append(file)
      } else {
        fresh.append(file)
      }
    }
    for file in settled {
      try session.renew(file)
      // Still not usable: a run that meets it again ends as the first one did.
      if file.state == .quarantined { session.reportAgain(file) }
    }
    tally.add(
      unchanged: settled.count, studies: try session.store.studyIDs(ofFiles: settled.map(\.id)))
    try session.store.beginWork(on: fresh.map(\.id))
    return fresh
  }
}

extension IntakeSession {
  /// What a stop may have left undone after a file was settled: its place in quarantine, or its
  /// leaving the inbox.
  func renew(_ file: LedgerFile) throws {
    switch file.state {
    case .quarantined:
      try options.quarantine.put(
        fileID: file.id, path: file.identity.path.value, sha256: file.sha256,
        reason: file.reason ?? "", place: file.place)
    case .scored, .duplicate: try clearAway(file.identity, sha256: file.sha256)
    case .pending, .accepted, .skipped: return
    }
  }
}

extension IntakeSession {
  /// Reports a file that was quarantined before.
  func reportAgain(_ file: LedgerFile) {
    let reason = file.reason ?? ""
    options.onFile(
      FileReport(
        fileID: file.id, path: file.identity.path, settlement: .quarantined(reason: reason),
        place: file.place))
  }
}

/// Counts of one ingest, from several threads.
final class Tally: Sendable {
  private struct State {
    var report = IngestReport()
    var studies: Set<Int64> = []
  }

  private let state = Mutex(State())

  func add(_ settlements: [Settlement], of count: Int) {
    state.withLock { state in
      state.report.files += count
      state.report.changing += count - settlements.count
      for settlement in settlements {
        switch settlement {
        case .accepted(let study):
          state.report.accepted += 1
          state.studies.insert(study)
        case .duplicate(let study):
          state.report.duplicates += 1
          state.studies.insert(study)
        case .conflict(let study):
          state.report.quarantined += 1
          state.studies.insert(study)
        case .skipped: state.report.skipped += 1
        case .quarantined: state.report.quarantined += 1
        }
      }
    }
  }

  func add(unchanged count: Int, studies: [Int64]) {
    state.withLock { state in
      state.report.files += count
      state.report.unchanged += count
      state.studies.formUnion(studies)
    }
  }

  func addUnreadable() {
    state.withLock { state in
      state.report.files += 1
      state.report.quarantined += 1
    }
  }

  var report: IngestReport {
    state.withLock { state in
      var report = state.report
      report.studyIDs = state.studies.sorted()
      return report
    }
  }
}
