import DICOM
import Findings
import Foundation
import Intake
import Pipelines
import Synchronization

/// An inbox, a store and a session over them, in a folder that goes away with the test.
final class IntakeFixture {
  let root: String
  var inbox: String { root + "/inbox" }
  var quarantine: String { root + "/quarantine" }
  let store: FindingsStore
  var options: IntakeOptions
  let reports = Reports()

  final class Reports: Sendable {
    private let list = Mutex<[FileReport]>([])
    var all: [FileReport] { list.withLock { $0 } }
    func add(_ report: FileReport) { list.withLock { $0.append(report) } }
  }

  static let model = ModelIdentity(name: "test", version: "1", digest: "model")

  init(storeAt path: String? = nil) throws {
    root =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("pleura-intake-" + UUID().uuidString).path
    try FileManager.default.createDirectory(
      atPath: root + "/inbox", withIntermediateDirectories: true)
    store = try FindingsStore(path: path ?? root + "/s.sqlite")
    options = IntakeOptions(quarantine: Quarantine(folder: root + "/quarantine", mode: .link))
    options.quietSeconds = 0.4
    options.lookInterval = 0.15
    options.patience = 0.6
    options.rescanInterval = 0.3
    let reports = reports
    options.onFile = { reports.add($0) }
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  var session: IntakeSession {
    IntakeSession(store: store, reader: DCMTKReader(), options: options)
  }

  @discardableResult
  func put(_ file: TinyDICOM, at path: String) throws -> String {
    try put(file.bytes, at: path)
  }

  @discardableResult
  func put(_ bytes: Data, at path: String) throws -> String {
    let url = URL(fileURLWithPath: inbox + "/" + path)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try bytes.write(to: url)
    return url.path
  }

  func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  static func key(_ study: String, _ digest: String) -> WorkKey {
    WorkKey(
      studyInstanceUID: study, inputDigest: digest, modelDigest: model.digest, planVersion: "1")
  }

  var decide: StudyDecider {
    let store = store
    return { summary, digest in
      try store.needsScoring(Self.key(summary.studyInstanceUID, digest)) ? .score : .done
    }
  }

  static func result(_ work: StudyWork) -> StudyResult {
    var result = StudyResult(
      studyID: work.studyID, fileIDs: work.fileIDs,
      key: key(work.studyInstanceUID, work.inputDigest), model: model, startedAt: Date(),
      finishedAt: Date())
    result.findings = [
      FindingDraft(label: "x", probability: 0.5, isCalibrated: true, isPositive: false)
    ]
    return result
  }

  /// Ingests and "scores" everything once; gives the works by study.
  @discardableResult
  func scoreAll(paths: [String]? = nil) throws -> [String: StudyWork] {
    let session = session
    let report = try session.ingest(paths: paths ?? [inbox])
    let source = session.studies(report.studyIDs, decide: decide)
    var works: [String: StudyWork] = [:]
    while let work = try source.next() {
      works[work.studyInstanceUID] = work
      try session.record(Self.result(work))
    }
    return works
  }

  func balance() throws -> Balance { try store.audit(outputFolder: nil) }
}
