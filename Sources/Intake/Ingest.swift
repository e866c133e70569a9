import DICOM
import Findings
import Pipelines

/// What a scan brought.
package struct IngestReport: Sendable {
  /// Files seen, known ones included.
  package var files = 0
  /// Files that were settled before and have not changed.
  package var unchanged = 0
  package var accepted = 0
  package var duplicates = 0
  package var skipped = 0
  package var quarantined = 0
  /// Files that changed while they were read: the next scan takes them.
  package var changing = 0
  /// Studies that the files belong to, in order of arrival; known ones included.
  package var studyIDs: [Int64] = []
}

extension IntakeSession {
  /// Scans paths, reads the headers of what is new, and registers it in the store.
  ///
  /// Memory is flat: of each file stays its row in the store. Can be stopped and run again; what
  /// is settled is not read again. `progress` counts files.
  package func ingest(
    paths: [String], stop: Stop? = nil, progress: Progress? = nil
  ) throws -> IngestReport {
    let tally = Tally()
    let chunks = ScanChunks(session: self, paths: paths, tally: tally)
    let reading = ClosureStage<[LedgerFile], [Reading]>("read", width: max(1, options.readers)) {
      try $0.map(self.read)
    }
    try Pipeline(reading).run(
      source: { try chunks.next() },
      sink: { readings in
        let settlements = try self.settle(readings)
        tally.add(settlements, of: readings.count)
        for _ in readings { progress?.countDone() }
      },
      onFailure: { throw $0.error }, ordered: true, stop: stop)
    // Alone, one by one: if the process dies now, it is clear which file did it.
    for file in chunks.suspects where !(stop?.isRequested ?? false) {
      try store.beginWork(on: [file.id])
      let settlements = try settle([read(file)])
      tally.add(settlements, of: 1)
      progress?.countDone()
    }
    return tally.report
  }

  /// Settles a folder that cannot be read, or one that can be again.
  func settleFolder(_ identity: FileIdentity, isReadable: Bool) throws {
    let known = try store.ledgerFile(identity)
    if isReadable {
      guard let known, known.reason == IntakeReason.unreadableFolder else { return }
      _ = try store.settle([
        (
          known.id,
          .skip(
            reason: IntakeReason.readableAgain, place: nil, sha256: nil, sopInstanceUID: nil)
        )
      ])
      return
    }
    guard let row = try store.discover([identity]).first else { return }
    _ = try settle([
      Reading(
        file: row,
        arrival: .quarantine(reason: IntakeReason.unreadableFolder, place: "folder", sha256: nil))
    ])
  }
}
