import DICOM
import Findings
import Glibc
import Pipelines

extension IntakeSession {
  /// The work of one study, nil when there is none: it is done, or nobody wants it, or none of its
  /// files can be read any more.
  func prepare(study id: Int64, decide: StudyDecider) throws -> StudyWork? {
    guard let summary = try store.study(id: id) else { return nil }
    if summary.state == .failed || summary.state == .skipped { return nil }
    let files = try store.files(ofStudy: id)
    let live = files.filter { $0.state == .accepted || $0.state == .scored }
    guard !live.isEmpty else { return nil }
    if let reason = poison(crashes: summary.crashes, kills: summary.kills) {
      try giveUp(summary, live, reason: reason)
      return nil
    }
    let digest = WorkKey.inputDigest(of: files.map { ($0.sopInstanceUID, $0.sha256) })
    switch try decide(summary, digest) {
    case .done: return nil
    case .skip(let reason):
      try store.skipStudy(id: id, fileIDs: live.map(\.fileID), reason: reason)
      for file in live where file.state == .accepted {
        report(file, .skipped(reason: reason), place: nil)
      }
      return nil
    case .score: break
    }
    return try collect(summary, live, digest: digest)
  }

  private func collect(
    _ summary: StudySummary, _ live: [StudyFile], digest: String
  ) throws -> StudyWork? {
    try store.beginWork(on: live.map(\.fileID))
    var instances: [Instance] = []
    var fileIDs: [Int64] = []
    var lastReason = IntakeReason.vanished
    for file in live {
      switch try readAgain(file) {
      case .success(let instance):
        instances.append(instance)
        fileIDs.append(file.fileID)
      case .failure(let refusal):
        lastReason = refusal.reason
        try drop(file, because: refusal)
      }
    }
    guard !instances.isEmpty else {
      try store.giveUp(
        studyID: summary.id, fileIDs: live.map(\.fileID), reason: lastReason)
      return nil
    }
    return StudyWork(
      studyID: summary.id, studyInstanceUID: summary.studyInstanceUID, instances: instances,
      fileIDs: fileIDs, inputDigest: digest, summary: summary)
  }

  private struct Refusal: Error {
    let reason: String
    let place: String?
  }

  /// The instance as it was registered, from its own file or another one of the same bytes.
  private func readAgain(_ file: StudyFile) throws -> Result<Instance, Refusal> {
    if let instance = takeRecent(file: file.fileID),
      FileIdentity.of(file.identity.path.value) == file.identity
    {
      return .success(instance)
    }
    var refusal = Refusal(reason: IntakeReason.vanished, place: nil)
    for path in try places(of: file) where access(path, F_OK) == 0 {
      do {
        let instance = try reader.read(path: path)
        if instance.sha256 == file.sha256 { return .success(instance) }
        refusal = Refusal(reason: DICOMError.Code.changedFile.rawValue, place: "file")
      } catch let error as DICOMError {
        if error.code == .dictionaryMissing { throw error }
        refusal = Refusal(reason: error.code.rawValue, place: error.place.description)
      }
    }
    return .failure(refusal)
  }

  private func places(of file: StudyFile) throws -> [String] {
    var paths = [file.identity.path.value]
    if let folder = options.doneFolder { paths.append(folder + "/" + file.sha256) }
    if access(paths[0], F_OK) != 0 {
      paths += try store.twins(ofFile: file.fileID).map(\.identity.path.value)
    }
    return paths
  }

  private func drop(_ file: StudyFile, because refusal: Refusal) throws {
    guard file.state == .accepted else { return try store.endWork(on: [file.fileID]) }
    try options.quarantine.put(
      fileID: file.fileID, path: file.identity.path.value, sha256: file.sha256,
      reason: refusal.reason, place: refusal.place)
    _ = try store.settle([
      (
        file.fileID,
        .quarantine(reason: refusal.reason, place: refusal.place, sha256: file.sha256)
      )
    ])
    report(file, .quarantined(reason: refusal.reason), place: refusal.place)
  }

  private func giveUp(_ summary: StudySummary, _ live: [StudyFile], reason: String) throws {
    for file in live where file.state == .accepted {
      try options.quarantine.put(
        fileID: file.fileID, path: file.identity.path.value, sha256: file.sha256, reason: reason,
        place: nil)
      report(file, .quarantined(reason: reason), place: nil)
    }
    try store.giveUp(studyID: summary.id, fileIDs: live.map(\.fileID), reason: reason)
  }

  private func report(_ file: StudyFile, _ settlement: Settlement, place: String?) {
    options.onFile(
      FileReport(
        fileID: file.fileID, path: file.identity.path, settlement: settlement, place: place))
  }

  /// Waits until nothing is under way, so that a study which may crash the program takes no
  /// innocent one with it. False after a stop.
  func waitUntilAlone(stop: Stop?) throws -> Bool {
    while try store.hasWorkUnderWay() {
      if stop?.isRequested ?? false { return false }
      usleep(20_000)
    }
    return !(stop?.isRequested ?? false)
  }
}
