import DICOM
import Findings
import Glibc
import Pipelines
import Synchronization

/// From files to studies: reads what is new, keeps the ledger, quarantines what cannot be used.
///
///     let report = try session.ingest(paths: paths, stop: stop)
///     let source = session.studies(report.studyIDs, stop: stop, decide: decide)
///     try pipeline.run(source: { try source.next() }, sink: { try session.record($0) }, ...)
///
/// or, without an end, `session.inbox(folder, stop: stop, decide: decide)` as the source.
package final class IntakeSession: Sendable {
  package let store: FindingsStore
  package let reader: any InstanceReader
  package let options: IntakeOptions
  /// Instances that were read a moment ago, by file: a radiograph is not read twice.
  private let recent = Mutex(RecentInstances(limit: 256))

  package init(store: FindingsStore, reader: any InstanceReader, options: IntakeOptions) {
    self.store = store
    self.reader = reader
    self.options = options
  }

  /// Records a result, then quarantines and clears away the files of the study as asked.
  @discardableResult
  package func record(_ result: StudyResult) throws -> RecordOutcome {
    let tried = Set(result.fileIDs)
    try quarantine(result.outcomes, study: result.studyID, files: tried, otherwise: nil)
    let outcome = try store.record(result)
    try clearAway(study: result.studyID, files: tried)
    return outcome
  }

  /// Records a failure; the files that wait go to quarantine.
  package func record(_ failure: StudyFailure) throws {
    let otherwise = FileOutcome.quarantined(reason: failure.code, place: failure.place)
    try quarantine(
      failure.outcomes, study: failure.studyID, files: Set(failure.fileIDs), otherwise: otherwise)
    try store.record(failure)
  }

  /// Settles files in one transaction, quarantines what must be, and reports each.
  func settle(_ readings: [Reading]) throws -> [Settlement] {
    let arrivals = readings.compactMap { reading in
      reading.arrival.map { (fileID: reading.file.id, arrival: $0) }
    }
    let whole = readings.filter { $0.arrival != nil }
    let settlements = try store.settle(arrivals)
    for (reading, settlement) in zip(whole, settlements) {
      try follow(reading, settlement)
    }
    let unread = readings.filter { $0.arrival == nil }.map(\.file.id)
    if !unread.isEmpty { try store.endWork(on: unread) }
    return settlements
  }

  private func follow(_ reading: Reading, _ settlement: Settlement) throws {
    let file = reading.file
    let report = FileReport(
      fileID: file.id, path: file.identity.path, settlement: settlement, place: reading.place)
    if report.isFailure, let reason = report.reason {
      try options.quarantine.put(
        fileID: file.id, path: file.identity.path.value, sha256: reading.sha256, reason: reason,
        place: reading.place)
    }
    if case .accepted = settlement, case .instance(let instance) = reading.arrival {
      recent.withLock { $0.add(instance, file: file.id) }
    }
    if case .duplicate = settlement {
      try clearAway(file.identity, sha256: reading.sha256)
    }
    options.onFile(report)
  }

  private func quarantine(
    _ outcomes: [Int64: FileOutcome], study: Int64, files: Set<Int64>, otherwise: FileOutcome?
  ) throws {
    for file in try store.files(ofStudy: study)
    where file.state == .accepted && files.contains(file.fileID) {
      guard case .quarantined(let reason, let place) = outcomes[file.fileID] ?? otherwise else {
        continue
      }
      try options.quarantine.put(
        fileID: file.fileID, path: file.identity.path.value, sha256: file.sha256, reason: reason,
        place: place)
    }
  }

  /// `--after`: only those of `files` that are scored, and only while it still is the file that was read.
  private func clearAway(study: Int64, files: Set<Int64>) throws {
    guard options.after != .keep else { return }
    for file in try store.files(ofStudy: study)
    where file.state == .scored && files.contains(file.fileID) {
      try clearAway(file.identity, sha256: file.sha256)
    }
  }

  func clearAway(_ identity: FileIdentity, sha256: String?) throws {
    let path = identity.path.value
    guard options.after != .keep, FileIdentity.of(path) == identity else { return }
    switch options.after {
    case .keep: return
    case .delete: unlink(path)
    case .move:
      guard let folder = options.doneFolder, let sha256 else { return }
      try FileSteps.makeFolder(folder)
      try FileSteps.move(path, to: folder + "/" + sha256, at: "done")
      try FileSteps.synchronize(folder: folder, at: "done")
    }
  }

  func takeRecent(file: Int64) -> Instance? { recent.withLock { $0.take(file: file) } }
}

/// The last instances that were read, oldest dropped first.
struct RecentInstances {
  let limit: Int
  private var instances: [Int64: Instance] = [:]
  private var order: [Int64] = []

  init(limit: Int) { self.limit = limit }

  mutating func add(_ instance: Instance, file: Int64) {
    if instances.updateValue(instance, forKey: file) == nil { order.append(file) }
    if order.count > 2 * limit { order.removeAll { instances[$0] == nil } }
    while order.count > limit { instances[order.removeFirst()] = nil }
  }

  mutating func take(file: Int64) -> Instance? { instances.removeValue(forKey: file) }
}
