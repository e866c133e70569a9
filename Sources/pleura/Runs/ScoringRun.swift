import ArgumentParser
import DICOM
import Findings
import Foundation
import Intake
import Pipelines
import Scoring
import Tensors
import Triage

/// One run of `score` or `watch`: store, intake, pipeline and the one recorder.
struct ScoringRun {
  let store: FindingsStore
  let session: IntakeSession
  let scoring: ScoringModels
  let failures: FailureList
  let output: String
  let workers: Int
  let json: Bool
  private let policy = WorklistPolicy()

  init(
    results: ResultOptions, models: ModelOptions, series: SeriesFlags, intake: IntakeFlags,
    timing: IntakeTiming = IntakeTiming(), json: Bool
  ) throws {
    scoring = try ScoringModels(folder: models.folder, series: series.seriesModel)
    StatusPrinter.writeExperimental(scoring.experimental, json: json)
    output = results.output
    umask(0o077)  // previews, objects and the store hold patient data
    do {
      try FileManager.default.createDirectory(
        atPath: output, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw ScoringError(.outputUnwritable)
    }
    CrashNote.install(for: results.store)
    store = try FindingsStore(path: results.store)
    failures = FailureList()
    workers = intake.workers ?? Parallel.defaultWidth
    self.json = json
    var options = IntakeOptions(
      quarantine: Quarantine(folder: output + "/quarantine", mode: intake.quarantine))
    options.after = intake.after
    options.doneFolder = intake.after == .move ? output + "/done" : nil
    options.excludedFolders = [output]
    options.excludedFiles = ["", "-wal", "-shm", "-journal", ".lock", ".crash"].map {
      results.store + $0
    }
    options.quietSeconds = timing.quiet
    options.rescanInterval = timing.rescan
    options.usesInotify = timing.usesInotify
    options.readers = workers
    options.onFile = { [failures] in failures.add($0) }
    session = IntakeSession(store: store, reader: DCMTKReader(), options: options)
  }

  /// Reads all files, then scores all studies that are not scored yet.
  func batch(_ paths: [String]) throws -> ExitCode {
    let stop = Stop()
    let reading = Pipelines.Progress()
    let progress = Pipelines.Progress()
    let readingStatus = StatusPrinter(reading, unit: "files read", json: json)
    let status = StatusPrinter(progress, unit: "studies", json: json)
    stop.listenToSignals { (progress.snapshot.total == nil ? readingStatus : status).printLine() }
    readingStatus.start()
    let report: IngestReport
    do {
      defer { readingStatus.finish() }
      report = try session.ingest(paths: paths, stop: stop, progress: reading)
    }
    progress.setTotal(report.studyIDs.count)
    let source = session.studies(report.studyIDs, stop: stop, decide: decide)
    try run(source, stop: stop, progress: progress, status: status)
    return finish(stop)
  }

  /// Scores studies as they become complete, until a stop.
  func watch(_ inbox: String) throws -> ExitCode {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: inbox, isDirectory: &isFolder),
      isFolder.boolValue, access(inbox, R_OK | X_OK) == 0
    else { throw ScoringError(.unreadableFolder) }
    failures.printAtOnce(json: json)
    let stop = Stop()
    let progress = Pipelines.Progress()
    let status = StatusPrinter(progress, unit: "studies", json: json)
    stop.listenToSignals { status.printLine() }
    let source = session.inbox(inbox, stop: stop, decide: decide)
    try run(source, stop: stop, progress: progress, status: status)
    return finish(stop)
  }

  private var decide: StudyDecider {
    { [store, scoring] summary, digest in
      let key = scoring.key(
        study: summary.studyInstanceUID, inputDigest: digest, modalities: summary.modalities)
      return try store.needsScoring(key) ? .score : .done
    }
  }

  private func run(
    _ source: any StudySource, stop: Stop, progress: Pipelines.Progress, status: StatusPrinter
  ) throws {
    status.start()
    defer { status.finish() }
    // A stop between result and priority leaves the priority to the next run.
    try policy.raisePriorities(in: store)
    let score = ScoreStage(models: scoring, reader: session.reader, width: workers)
    let pipeline = Pipeline(TakeStage())
      .then(score)
      .then(EmitStage(output: output, width: 1))
    try pipeline.run(
      source: { try source.next() },
      sink: { try record($0) },
      onFailure: { try record($0) },
      isFatal: { ($0 as? ScoringError)?.isFatal ?? ($0 is StoreError) },
      isRefusal: { if case .failure = $0 { true } else { false } },
      stop: stop, progress: progress)
  }

  private func record(_ record: StudyRecord) throws {
    switch record {
    case .result(let result):
      try session.record(result)
      try raisePriority(of: result)
      failures.add(result.outcomes)
    case .failure(let failure):
      try recordFailure(failure)
    }
  }

  /// Every file that waits goes with its own code, else with that of the study.
  private func recordFailure(_ failure: StudyFailure) throws {
    var outcomes = failure.outcomes
    let tried = Set(failure.fileIDs)
    for file in try store.files(ofStudy: failure.studyID)
    where tried.contains(file.fileID) && file.state == .accepted && outcomes[file.fileID] == nil {
      outcomes[file.fileID] = .quarantined(reason: failure.code, place: failure.place)
    }
    try session.record(failure)
    failures.add(outcomes)
  }

  /// Stores the level that the study's findings ask for; it is never lowered again.
  private func raisePriority(of result: StudyResult) throws {
    var query = FindingsQuery()
    query.studyInstanceUID = result.key.studyInstanceUID
    let decision = policy.rule.decide(try store.findings(query))
    try store.raisePriority(
      ofStudy: result.studyID,
      to: StoredPriority(level: decision.level.rawValue, reason: decision.reason),
      rank: TriageLevel.rank)
  }

  /// A study that a stage threw out: skipped when nothing in it is to be scored, else failed.
  private func record(_ failure: ItemFailure<StudyWork>) throws {
    let work = failure.source
    if let error = failure.error as? ScoringError, error.code == .nothingToScore {
      return try store.skipStudy(
        id: work.studyID, fileIDs: work.fileIDs, reason: error.code.rawValue)
    }
    if let nothing = failure.error as? NothingScored {
      return try store.skipStudy(
        id: work.studyID, fileIDs: work.fileIDs,
        reason: ScoringError.Code.nothingToScore.rawValue, outcomes: nothing.outcomes)
    }
    let error = failure.error as? DICOMError
    let modalities = work.summary.modalities
    try recordFailure(
      StudyFailure(
        studyID: work.studyID, fileIDs: work.fileIDs,
        key: scoring.key(
          study: work.studyInstanceUID, inputDigest: work.inputDigest, modalities: modalities),
        model: scoring.identity(modalities: modalities),
        code: error?.code.rawValue ?? "scoring-failed", place: error?.place.description))
  }

  private func finish(_ stop: Stop) -> ExitCode {
    failures.report(json: json)
    if let code = stop.exitCode { return ExitCode(code) }
    return failures.isEmpty ? .success : ExitStatus.finishedWithFailures
  }
}

/// First stage: the study as intake gives it becomes a job of scoring.
struct TakeStage: Stage {
  let name = "take"

  func process(_ work: StudyWork, at bench: Void) -> ScoringJob {
    ScoringJob(
      studyID: work.studyID, studyInstanceUID: work.studyInstanceUID,
      modalities: work.summary.modalities, inputDigest: work.inputDigest,
      instances: Array(zip(work.fileIDs, work.instances)))
  }
}
