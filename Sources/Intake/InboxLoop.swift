import DICOM
import Findings
import Pipelines

/// The state of watching a drop folder and one step of it.
struct InboxLoop {
  private let session: IntakeSession
  private let folder: String
  private let watcher: InboxWatcher?
  private let decide: StudyDecider
  private var settle: FileSettle
  private var assembler: StudyAssembler
  private var ready: [Int64] = []
  /// Hashes of files that are settled: a rescan asks the store only about others. A clash hides a
  /// file until the next start, at odds of one in 10^7 for 10^6 files.
  private var known: Set<Int> = []
  private let excludedFiles: ExcludedFiles
  /// Folders that could not be read at the last look: each is reported once.
  private var unreadable: Set<String> = []
  private var rescanAt = 0.0
  private var hasStarted = false

  init(
    session: IntakeSession, folder: String, watcher: InboxWatcher?, decide: @escaping StudyDecider
  ) {
    self.session = session
    self.folder = folder
    self.watcher = watcher
    self.decide = decide
    let options = session.options
    excludedFiles = ExcludedFiles(options.excludedFiles)
    settle = FileSettle(rule: .init(interval: options.lookInterval, patience: options.patience))
    assembler = StudyAssembler(quietSeconds: options.quietSeconds)
  }

  func nextDue(after now: Double) -> Double {
    [settle.nextLook, assembler.nextDue, rescanAt].compactMap { $0 }.min() ?? now + 1
  }

  /// Does what is due and gives the next complete study, if there is one.
  mutating func step(at now: Double, stop: Stop) throws -> StudyWork? {
    if !hasStarted {
      hasStarted = true
      try takeUpPending(at: now)
    }
    try hear(at: now)
    if now >= rescanAt {
      try scan(folder, at: now)
      rescanAt = now + session.options.rescanInterval
    }
    try receive(at: now)
    ready += try assembler.complete(at: now, busyFolders: settle.folders) {
      try session.store.study(id: $0)
    }
    return try nextReady(stop: stop)
  }

  /// A study of which an earlier part is being scored waits for that: two runs at once would
  /// write the same objects, and the older one could end last.
  private mutating func nextReady(stop: Stop) throws -> StudyWork? {
    var busy: [Int64] = []
    defer { ready = busy + ready }
    while !ready.isEmpty {
      let id = ready.removeFirst()
      if try session.store.hasWorkUnderWay(onStudy: id) {
        busy.append(id)
        continue
      }
      let isSuspect = (try session.store.study(id: id)?.crashes ?? 0) > 0
      if isSuspect, try !session.waitUntilAlone(stop: stop) { return nil }
      if let work = try session.prepare(study: id, decide: decide) { return work }
    }
    return nil
  }

  /// Studies that an earlier process registered and did not score.
  private mutating func takeUpPending(at now: Double) throws {
    var last: Int64 = 0
    while true {
      let ids = try session.store.studyIDs(in: [.pending], after: last)
      guard let end = ids.last else { return }
      for id in ids { assembler.arrived(id, in: nil, at: now) }
      last = end
    }
  }

  private mutating func hear(at now: Double) throws {
    for event in watcher?.take() ?? [] {
      switch event {
      case .complete(let path): see(path, closed: true, at: now)
      case .touched(let path): see(path, closed: false, at: now)
      case .folder(let path):
        if !session.options.excluded.contains(path) { try scan(path, at: now) }
      case .overflow: rescanAt = now
      }
    }
  }

  private mutating func see(_ path: String, closed: Bool, at now: Double) {
    // A known file that is put in again may have been missed at scoring: the store tells.
    guard let identity = FileIdentity.of(path), !excludedFiles.contains(path),
      closed || !known.contains(identity.hashValue)
    else { return }
    settle.see(identity, closed: closed, at: now)
  }

  /// Looks at everything below a path. A folder is watched before it is read, so that no file
  /// falls between.
  private mutating func scan(_ path: String, at now: Double) throws {
    watcher?.watch(path)
    var scan = FolderScan(
      paths: [path], excluding: session.options.excluded, files: session.options.excludedFiles)
    scan.onEnter = { [watcher] in watcher?.watch($0) }
    while let entry = scan.next() {
      switch entry {
      case .file(let identity):
        if known.contains(identity.hashValue) { continue }
        settle.see(identity, closed: false, at: now)
      case .unreadable(let identity):
        guard unreadable.insert(identity.path.value).inserted else { continue }
        try session.settleFolder(identity, isReadable: false)
      case .folder(let path):
        unreadable.remove(path)
        try session.settleFolder(
          FileIdentity(path: path, byteCount: 0, modified: 0), isReadable: true)
      }
    }
  }

  private mutating func receive(at now: Double) throws {
    let identities = settle.ready(at: now, look: FileIdentity.of)
    guard !identities.isEmpty else { return }
    for file in try session.store.discover(identities) {
      if IntakeSession.isRetried(file) {
        try receive(file, at: now)
      } else {
        try session.renew(file)
        done(file.identity)
      }
    }
  }

  private mutating func receive(_ file: LedgerFile, at now: Double) throws {
    let path = file.identity.path.value
    try session.store.beginWork(on: [file.id])
    let reading = try session.read(file)
    if reading.arrival == nil || (reading.seemsCutOff && !settle.putOff(path, at: now)) {
      return try session.store.endWork(on: [file.id])
    }
    let settlements = try session.settle([reading])
    done(file.identity)
    if case .accepted(let study) = settlements.first {
      assembler.arrived(study, in: FileSettle.folder(path), at: now)
    }
  }

  private mutating func done(_ identity: FileIdentity) {
    settle.forget(identity.path.value)
    known.insert(identity.hashValue)
  }
}
