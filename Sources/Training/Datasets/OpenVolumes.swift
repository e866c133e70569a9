import Imaging
import Synchronization

/// The volumes read last, and the digests of all.
final class OpenVolumes: Sendable {
  struct Series: Sendable {
    let volume: VolumeFile
    let mask: VolumeFile?
    let left: MaskVolume
    let right: MaskVolume
  }

  private let recent = RecentReads<Series>()
  private let digests = Mutex<[String: String]>([:])

  func series(_ number: Int, _ read: () throws -> Series) throws -> Series {
    try recent.value(number, read)
  }

  /// Over all bytes of a volume. Throws `pictureUnreadable` with the row of its list.
  func digest(_ path: String, row: Int?) throws -> String {
    try digests.withLock { digests in
      if let known = digests[path] { return known }
      guard let files = try? VolumeFile.files(of: path) else {
        throw TrainingError(.pictureUnreadable, index: row)
      }
      let parts = try files.map { file in
        guard let digest = SHA256.ofFile(file) else {
          throw TrainingError(.pictureUnreadable, index: row)
        }
        return digest.sha256
      }
      let whole = parts.count == 1 ? parts[0] : SHA256.hex(ofText: parts.joined(separator: "|"))
      digests[path] = whole
      return whole
    }
  }
}
