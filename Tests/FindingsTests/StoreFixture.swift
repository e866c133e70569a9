import DICOM
import Findings
import Foundation
import GRDB
import Imaging
import Testing

/// A folder that goes away with the test.
final class TemporaryFolder {
  let path: String

  init() throws {
    path =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("pleura-" + UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A store with made-up instances and results.
struct StoreFixture {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path + "/findings.sqlite"
  }

  func open(_ mode: FindingsStore.Mode = .write) throws -> FindingsStore {
    try FindingsStore(path: path, mode: mode)
  }

  /// Runs SQL behind the store's back.
  func tamper(_ sql: String) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.inDatabase { db in
      try db.execute(sql: "PRAGMA foreign_keys = OFF")
      try db.execute(sql: sql)
    }
    try queue.close()
  }

  /// Rows of a table or view.
  func count(_ table: String) throws -> Int {
    let queue = try DatabaseQueue(path: path)
    return try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? 0 }
  }

  static func instance(
    study: Int, number: Int = 1, bytes: String = "a", modality: String = "DX",
    expected: Int? = nil
  ) throws -> Instance {
    var instance = Instance(
      path: Sensitive("/inbox/\(study)-\(number)"),
      sha256: SHA256.hex(ofText: "\(study) \(number) \(bytes)"), byteCount: 100,
      identity: .init(
        sopClassUID: try UID(validating: "1.2.840.10008.5.1.4.1.1.1.1"),
        sopInstanceUID: try UID(validating: "2.25.\(study)0\(number)"),
        studyInstanceUID: try UID(validating: "2.25.\(study)"),
        seriesInstanceUID: try UID(validating: "2.25.\(study)00")),
      transferSyntaxUID: try UID(validating: "1.2.840.10008.1.2.1"), kind: .radiograph)
    instance.modality = modality
    instance.patientID = Sensitive("P\(study)")
    instance.studyDate = Sensitive("2026010\(study % 10)")
    instance.numberOfStudyRelatedInstances = expected
    return instance
  }

  /// Discovers a file and settles it as this instance.
  @discardableResult
  static func arrive(
    _ store: FindingsStore, _ instance: Instance, path: String? = nil
  ) throws -> (file: Int64, settlement: Settlement) {
    let identity = FileIdentity(
      path: path ?? instance.path.value, byteCount: 100, modified: 1_000)
    let file = try #require(try store.discover([identity]).first)
    let settlement = try #require(
      try store.settle([(file.id, .instance(instance))]).first)
    return (file.id, settlement)
  }

  static func study(_ settlement: Settlement) throws -> Int64 {
    guard case .accepted(let id) = settlement else {
      throw StoreError(.unknownRow, at: "test")
    }
    return id
  }

  static let model = ModelIdentity(name: "ptx", version: "1", digest: "abc", card: "card")

  static func result(
    _ store: FindingsStore, study id: Int64, probability: Double = 0.9,
    model: ModelIdentity = model,
    outputs: [OutputObject] = []
  ) throws -> StudyResult {
    let summary = try #require(try store.study(id: id))
    var finding = FindingDraft(
      label: "pneumothorax", probability: probability, isCalibrated: true,
      isPositive: probability >= 0.5)
    finding.side = .left
    finding.areaMM2 = 1234.5
    finding.lungQualityFlags = ["small-left", "hole"]
    finding.method = "cam"
    finding.outputs = outputs
    var region = FindingRegion()
    region.box = (column: 10, row: 20, width: 30, height: 40)
    region.centroid = Vector3(1, -2, 3.5)
    region.peak = 0.8
    finding.regions = [region]
    let key = WorkKey(
      studyInstanceUID: summary.studyInstanceUID, inputDigest: try store.inputDigest(ofStudy: id),
      modelDigest: model.digest, planVersion: "1")
    var result = StudyResult(
      studyID: id, fileIDs: try store.files(ofStudy: id).map(\.fileID), key: key, model: model,
      startedAt: Date(), finishedAt: Date())
    result.findings = [finding]
    return result
  }
}
