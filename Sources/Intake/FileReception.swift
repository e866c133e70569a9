import DICOM
import Findings
import Glibc
import Imaging

/// A file and what reading it came to; nil when it changed under the reader.
struct Reading: Sendable {
  let file: LedgerFile
  let arrival: Arrival?

  var place: String? {
    switch arrival {
    case .skip(_, let place, _, _), .quarantine(_, let place, _): place
    case .instance, nil: nil
    }
  }

  var sha256: String? {
    switch arrival {
    case .instance(let instance): instance.sha256
    case .skip(_, _, let sha256, _), .quarantine(_, _, let sha256): sha256
    case nil: nil
    }
  }

  /// True when the bytes may simply not be there yet.
  var seemsCutOff: Bool {
    guard case .quarantine(let reason, _, _) = arrival else { return false }
    return Self.cutOff.contains(reason)
  }

  private static let cutOff: Set<String> = Set(
    [
      DICOMError.Code.emptyFile, .notDICOM, .truncated, .malformed, .pixelDataTooShort,
      .missingAttribute, .noPixelData, .unreadableFile,
    ].map(\.rawValue))
}

extension IntakeSession {
  /// Reads one file. Only trouble that is not the file's stops the run.
  func read(_ file: LedgerFile) throws -> Reading {
    if let reason = poison(crashes: file.crashes, kills: file.kills) {
      return Reading(
        file: file, arrival: .quarantine(reason: reason, place: nil, sha256: file.sha256))
    }
    let path = file.identity.path.value
    do {
      let instance = try reader.read(path: path)
      guard FileIdentity.of(path) == file.identity else {
        return Reading(file: file, arrival: nil)
      }
      return Reading(file: file, arrival: select(instance))
    } catch let error as DICOMError {
      if error.code == .dictionaryMissing { throw error }
      return Reading(file: file, arrival: refusal(of: file, error))
    }
  }

  /// The reason to give a file up that keeps ending the process; nil when there is none.
  func poison(crashes: Int, kills: Int) -> String? {
    if crashes >= FindingsStore.crashLimit { return IntakeReason.crashedTwice }
    if kills >= FindingsStore.killLimit { return IntakeReason.killedRepeatedly }
    return nil
  }

  private func refusal(of file: LedgerFile, _ error: DICOMError) -> Arrival? {
    let path = file.identity.path.value
    guard let identity = FileIdentity.of(path) else {
      return .skip(reason: IntakeReason.vanished, place: nil, sha256: nil, sopInstanceUID: nil)
    }
    guard identity == file.identity else { return nil }
    if error.code == .mediaDirectory {  // whole and right, only not an image
      return .skip(
        reason: error.code.rawValue, place: nil, sha256: SHA256.ofFile(path)?.sha256,
        sopInstanceUID: nil)
    }
    return .quarantine(
      reason: error.code.rawValue, place: error.place.description,
      sha256: SHA256.ofFile(path)?.sha256)
  }

  /// Whether an instance is one to score.
  private func select(_ instance: Instance) -> Arrival {
    func skip(_ reason: String, _ place: String) -> Arrival {
      .skip(
        reason: reason, place: place, sha256: instance.sha256,
        sopInstanceUID: instance.sopInstanceUID.value)
    }
    switch instance.kind {
    case .radiograph:
      guard instance.isLateralView else { return .instance(instance) }
      return skip(IntakeReason.lateralView, "(0018,5101)")
    case .computedTomography: return .instance(instance)
    case .otherImage(let reason), .nonImage(let reason):
      return skip(reason.rawValue, "(0008,0016)")
    }
  }

  /// True for rows that a new scan tries again: what stood in the way may be gone.
  static func isRetried(_ file: LedgerFile) -> Bool {
    let retried: Set<String> = [
      DICOMError.Code.unreadableFile.rawValue, IntakeReason.vanished,
      IntakeReason.unreadableFolder,
    ]
    return file.state == .pending || file.reason.map(retried.contains) ?? false
  }
}
