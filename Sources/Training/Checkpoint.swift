import Foundation
import Graphs
import Imaging

/// Everything a run needs to go on as if it had never stopped; one file, replaced as a whole.
struct Checkpoint {
  var weights: Parameters
  var average: Parameters?
  var averageUpdates = 0
  var first: Parameters
  var second: Parameters
  var steps: Int
  /// Epochs finished.
  var epoch: Int
  /// SHA-256 of the recipe: another recipe cannot be resumed.
  let recipe: String

  static func digest(_ recipe: Recipe) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard let data = try? encoder.encode(recipe) else { throw TrainingError(.recipe) }
    return SHA256.hex(of: [UInt8](data))
  }

  func write(to path: String) throws {
    var all = Parameters()
    for (prefix, part) in [
      ("w.", weights), ("a.", average ?? Parameters()), ("m.", first), ("v.", second),
    ] {
      for name in part.names { all[prefix + name] = part[name] }
    }
    let facts = [
      "recipe": recipe, "epoch": String(epoch), "steps": String(steps),
      "averageUpdates": String(averageUpdates), "averaged": average == nil ? "0" : "1",
    ]
    do {
      try AtomicFile.write(Safetensors.encode(all, metadata: facts), to: path)
    } catch {
      throw TrainingError(.output)
    }
  }

  /// nil when there is none. Throws `checkpointMismatch` for one of another recipe or a broken
  /// file.
  static func read(_ path: String, recipe: String) throws -> Checkpoint? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    guard let contents = try? Safetensors.decode([UInt8](data)),
      contents.metadata["recipe"] == recipe,
      let epoch = contents.metadata["epoch"].flatMap(Int.init),
      let steps = contents.metadata["steps"].flatMap(Int.init),
      let updates = contents.metadata["averageUpdates"].flatMap(Int.init)
    else { throw TrainingError(.checkpointMismatch) }
    func part(_ prefix: String) -> Parameters {
      var out = Parameters()
      for name in contents.parameters.names where name.hasPrefix(prefix) {
        out[String(name.dropFirst(prefix.count))] = contents.parameters[name]
      }
      return out
    }
    return Checkpoint(
      weights: part("w."), average: contents.metadata["averaged"] == "1" ? part("a.") : nil,
      averageUpdates: updates, first: part("m."), second: part("v."), steps: steps, epoch: epoch,
      recipe: recipe)
  }
}
