import DICOM
import Findings
import Foundation
import Glibc

/// The folder of files that cannot be used: each with a reason file beside it.
///
/// Names come from the SHA-256 of the bytes or the number of the ledger row, never from the data
/// or the path. Putting the same file in again changes nothing.
package struct Quarantine: Sendable {
  package enum Mode: String, Sendable, CaseIterable, Codable {
    /// A hard link, or a copy on another disk: the inbox stays as it is.
    case link
    case move
  }

  package let folder: String
  package let mode: Mode

  package init(folder: String, mode: Mode) {
    self.folder = FolderScan.absolute(folder)
    self.mode = mode
  }

  /// Puts a file in with its reason.
  /// - Throws: `StoreError` `full` or `readOnly` at `quarantine`.
  func put(fileID: Int64, path: String, sha256: String?, reason: String, place: String?) throws {
    try FileSteps.makeFolder(folder)
    let name = sha256 ?? "file-\(fileID)"
    let target = folder + "/" + name
    try writeReason(
      to: target + ".json", fileID: fileID, sha256: sha256, reason: reason, place: place)
    var info = stat()
    guard stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return }
    switch mode {
    case .move: try FileSteps.move(path, to: target, at: "quarantine")
    case .link: try FileSteps.linkOrCopy(path, to: target, at: "quarantine")
    }
    try FileSteps.synchronize(folder: folder, at: "quarantine")
  }

  private func writeReason(
    to path: String, fileID: Int64, sha256: String?, reason: String, place: String?
  ) throws {
    var table = TextTable(columns: ["code", "place", "advice", "sha256", "ledgerFile"])
    table.rows = [
      [
        .text(reason), .init(place), .text(ReasonAdvice.of(reason)), .init(sha256),
        .integer(fileID),
      ]
    ]
    let json = table.json.dropFirst(2).dropLast(3)  // the object without the array around it
    try FileSteps.write(Array((json.trimmingCharacters(in: .whitespaces) + "\n").utf8), to: path)
  }
}

/// What a person can do about a reason code, whether DICOM's or one of ours.
package enum ReasonAdvice {
  package static func of(_ reason: String) -> String {
    if let code = DICOMError.Code(rawValue: reason) { return code.advice }
    switch reason {
    case IntakeReason.conflict:
      return "compare the two files: they claim the same SOP Instance UID with different bytes"
    case IntakeReason.crashedTwice:
      return "report this file to the developers: the program crashed on it twice"
    case IntakeReason.killedRepeatedly:
      return "give the process more memory: it was killed each time while it read this file"
    case IntakeReason.unreadableFolder:
      return "check that the folder exists and that this user may read it"
    case IntakeReason.vanished:
      return "put the file back: it went away before it was read"
    default:
      return "nothing to do"
    }
  }
}

/// Reasons that intake itself gives; the rest are `DICOMError` codes and `Instance.Kind` names.
package enum IntakeReason {
  package static let conflict = "conflicting-instance"
  package static let crashedTwice = "crashed-twice"
  package static let killedRepeatedly = "killed-repeatedly"
  package static let unreadableFolder = "unreadable-folder"
  package static let readableAgain = "readable-again"
  package static let vanished = "vanished"
  package static let lateralView = "lateral-view"
}
