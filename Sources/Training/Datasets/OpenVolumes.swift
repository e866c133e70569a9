import Imaging
import Synchronization

/// The volumes read last, and the digests of all: slices of one volume are asked for one after another.
final class OpenVolumes: Sendable {
  struct Series: Sendable {
    let volume: VolumeFile
    let mask: VolumeFile?
    let left: MaskVolume
    let right: MaskVolume
  }

  private struct State {
    /// What could not be read is not tried again for each of its slices.
    var series: [(number: Int, series: Result<Series, any Error>)] = []
    var digests: [String: String] = [:]
  }

  /// Of two workers, each may be at another volume.
  private static let most = 2
  private let state = Mutex(State())

  func series(_ number: Int, _ read: () throws -> Series) throws -> Series {
    // Held while it reads: the others most likely wait for the same volume.
    try state.withLock { state in
      if let known = state.series.first(where: { $0.number == number }) {
        return try known.series.get()
      }
      let series = Result { try read() }
      state.series = state.series.suffix(Self.most - 1) + [(number, series)]
      return try series.get()
    }
  }

  /// Over all bytes of a volume. Throws `pictureUnreadable` with the row of its list.
  func digest(_ path: String, row: Int?) throws -> String {
    try state.withLock { state in
      if let known = state.digests[path] { return known }
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
      state.digests[path] = whole
      return whole
    }
  }
}
