import DICOM
import Findings
import Foundation

/// A store in a temporary folder with studies whose findings are given.
final class TriageFixture {
  let folder: String
  let store: FindingsStore

  init() throws {
    folder =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("pleura-triage-" + UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    store = try FindingsStore(path: folder + "/s.sqlite")
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// A study that has arrived; scored when `finding` is given.
  @discardableResult
  func add(
    _ number: Int, patientID: String = "P", model: String = "m", finding: FindingDraft? = nil,
    others: [FindingDraft] = [], outputs: [OutputObject] = []
  ) throws -> Int64 {
    var instance = Instance(
      path: Sensitive("/inbox/\(number)"), sha256: "\(number)", byteCount: 1,
      identity: .init(
        sopClassUID: try UID(validating: "1.2.840.10008.5.1.4.1.1.1.1"),
        sopInstanceUID: try UID(validating: "2.25.\(number)01"),
        studyInstanceUID: try UID(validating: "2.25.\(number)"),
        seriesInstanceUID: try UID(validating: "2.25.\(number)02")),
      transferSyntaxUID: try UID(validating: "1.2.840.10008.1.2.1"), kind: .radiograph)
    instance.modality = "DX"
    instance.patientID = Sensitive(patientID)
    let files = try store.discover([
      FileIdentity(path: "/inbox/\(number)", byteCount: 1, modified: 1)
    ])
    for file in files { _ = try store.settle([(file.id, .instance(instance))]) }
    let id = try store.studyID(studyInstanceUID: "2.25.\(number)") ?? 0
    if let finding {
      let key = key(number, model: model)
      var result = StudyResult(
        studyID: id, fileIDs: files.map(\.id), key: key,
        model: .init(name: "ptx", version: "1", digest: model), startedAt: Date(),
        finishedAt: Date())
      result.findings = [finding] + others
      result.outputs = outputs
      try store.record(result)
    }
    return id
  }

  func key(_ number: Int, model: String = "m") -> WorkKey {
    WorkKey(
      studyInstanceUID: "2.25.\(number)", inputDigest: "d", modelDigest: model, planVersion: "1")
  }

  static func finding(
    _ probability: Double, share: Double? = nil, calibrated: Bool = true,
    label: String = "pneumothorax"
  ) -> FindingDraft {
    var finding = FindingDraft(
      label: label, probability: probability, isCalibrated: calibrated,
      isPositive: probability >= 0.4)
    finding.sizeShare = share
    finding.side = .right
    return finding
  }
}
