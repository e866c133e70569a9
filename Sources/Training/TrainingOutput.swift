import Foundation
import Imaging

/// Where runs write.
enum TrainingOutput {
  /// Makes a folder where there is none, and those above it. Throws `TrainingError(.output)`.
  static func makeFolder(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch { throw TrainingError(.output) }
  }

  /// Replaces a file as a whole, or leaves it as it was.
  ///
  /// Throws `TrainingError`: `diskFull` where there is no room, otherwise `code`.
  static func write(
    _ bytes: [UInt8], to path: String, durable: Bool = true,
    otherwise code: TrainingError.Code = .output
  ) throws {
    do {
      try AtomicFile.write(bytes, to: path, durable: durable)
    } catch let error as ImagingError {
      let isFull = error.systemError == ENOSPC || error.systemError == EDQUOT
      throw TrainingError(isFull ? .diskFull : code)
    }
  }
}
