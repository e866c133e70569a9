import DICOM
import Findings
import Foundation
import Imaging

/// Names and places of the files of a study below the output folder. Every name is a hash or a
/// label: no name carries patient data.
struct OutputFolder: Sendable {
  let root: String

  /// Relative folder of a study: two levels, so that an archive does not fill one folder.
  func folder(of study: UID) -> String {
    let handle = SHA256.hex(of: Array(study.value.utf8))
    return "\(handle.prefix(2))/\(handle.prefix(16))"
  }

  /// Relative path without its ending for one finding on one image or series.
  func stem(study: UID, label: String, source: UID, model: String) -> String {
    let handle = SHA256.hex(of: Array("\(source.value)|\(model)".utf8))
    return "\(folder(of: study))/\(label)-\(handle.prefix(12))"
  }

  /// Removes what a killed run has left half-written in a study's folder. Only a study that was
  /// not recorded can have such files, and it is written again before it is.
  func sweep(study: UID) {
    let path = root + "/" + folder(of: study)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    for name in names where name.hasPrefix(AtomicFile.temporaryPrefix) {
      try? FileManager.default.removeItem(atPath: path + "/" + name)
    }
  }

  /// Makes the folder of a relative path and gives the absolute one.
  func absolute(_ relative: String) throws -> String {
    let path = root + "/" + relative
    let folder = (path as NSString).deletingLastPathComponent
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw ScoringError(.outputUnwritable)
    }
    return path
  }
}
