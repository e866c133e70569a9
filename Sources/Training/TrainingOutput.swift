import Foundation

/// Where runs write.
enum TrainingOutput {
  /// Makes a folder where there is none, and those above it. Throws `TrainingError(.output)`.
  static func makeFolder(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch { throw TrainingError(.output) }
  }
}
