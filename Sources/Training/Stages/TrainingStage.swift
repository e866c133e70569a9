import Foundation
import Imaging

/// One step of a long training with a folder of its own: it is done once, and known to be done by a marker
/// that names what it was made from.
struct TrainingStage: Sendable {
  private struct Marker: Codable {
    let inputs: String
    let seconds: Double
  }

  /// Stable: the name of the folder.
  let name: String
  let folder: String
  /// SHA-256 of everything that the stage's result follows from.
  let inputs: String

  /// Makes the folder. Throws `checkpointMismatch` where it holds the stage of another run, and
  /// `output` where it cannot be written.
  init(_ name: String, of out: String, inputs parts: [String]) throws {
    self.name = name
    folder = out + "/" + name
    inputs = SHA256.hex(ofText: ([name] + parts).joined(separator: "\n"))
    try TrainingOutput.makeFolder(folder)
    if let marker = try readMarker(), marker.inputs != inputs {
      throw TrainingError(.checkpointMismatch)
    }
  }

  private var markerPath: String { folder + "/stage.json" }

  private func readMarker() throws -> Marker? {
    guard let data = FileManager.default.contents(atPath: markerPath) else { return nil }
    guard let marker = try? JSONDecoder().decode(Marker.self, from: data) else {
      throw TrainingError(.checkpointMismatch)
    }
    return marker
  }

  /// Seconds that the finished stage took, in its last call; nil while it is not finished.
  func seconds() throws -> Double? { try readMarker()?.seconds }

  func finish(seconds: Double) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let data = try encoder.encode(Marker(inputs: inputs, seconds: seconds))
    try TrainingOutput.write([UInt8](data), to: markerPath)
  }

  /// The file of one item, by its number: never by a name from the data.
  func path(of index: Int) -> String { folder + String(format: "/%07d.png", index) }
}
