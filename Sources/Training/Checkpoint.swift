import Foundation
import Graphs
import Imaging
import Networks

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
  /// Steps done of the epoch under way, and the sum of their losses.
  var step = 0
  var lossSum = 0.0
  /// What the step graph remembers besides.
  var state = Parameters()
  /// What the run was made from, see `digest`: another one cannot be resumed.
  let recipe: String

  /// What a digest is made of, in this order.
  private struct Origin: Encodable {
    struct Item: Encodable {
      let source: Int
      let patient: String
      let labels: [Float?]
    }

    let recipe: Recipe
    let lungModel: String?
    let samples: [Item]
  }

  /// SHA-256 of the recipe, the lung model's digest, and source, patient and labels of each
  /// training sample in order.
  static func digest(
    _ recipe: Recipe, lungModel: String?, samples: SampleSet
  ) throws -> String {
    let origin = Origin(
      recipe: recipe, lungModel: lungModel,
      samples: samples.facts.map {
        .init(source: $0.source, patient: $0.patient, labels: $0.labels)
      })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard let data = try? encoder.encode(origin) else { throw TrainingError(.recipe) }
    return SHA256.hex(of: [UInt8](data))
  }

  /// Throws `checkpointMismatch` unless all tensors are those of the recipe's network, finite and
  /// of its shapes, and the counts agree.
  func check(against recipe: Recipe) throws {
    let network = recipe.network
    let learned = weights.names.filter(network.trains)
    let fits = { (moments: Parameters) in
      (moments.names.isEmpty || moments.names == learned)
        && moments.names.allSatisfy { name in
          moments[name]?.shape == weights[name]?.shape
            && moments[name]?.values.allSatisfy(\.isFinite) == true
        }
    }
    let whole = [weights] + (average.map { [$0] } ?? [])
    guard whole.allSatisfy({ (try? network.check($0)) != nil }), fits(first), fits(second),
      (average == nil) == (recipe.averageDecay == nil), averageUpdates >= 0,
      (0...recipe.epochs).contains(epoch), (0..<recipe.stepsPerEpoch).contains(step),
      steps == epoch * recipe.stepsPerEpoch + step, lossSum.isFinite
    else { throw TrainingError(.checkpointMismatch) }
  }

  func write(to path: String) throws {
    var all = Parameters()
    for (prefix, part) in [
      ("w.", weights), ("a.", average ?? Parameters()), ("m.", first), ("v.", second),
      ("s.", state),
    ] {
      for name in part.names { all[prefix + name] = part[name] }
    }
    let facts = [
      "recipe": recipe, "epoch": String(epoch), "steps": String(steps),
      "averageUpdates": String(averageUpdates), "averaged": average == nil ? "0" : "1",
      "step": String(step), "lossSum": String(lossSum.bitPattern, radix: 16),
    ]
    try TrainingOutput.write(Safetensors.encode(all, metadata: facts), to: path)
  }

  /// nil when there is none. Throws `checkpointMismatch` for one of another recipe or a broken
  /// file.
  static func read(_ path: String, recipe: String) throws -> Checkpoint? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    guard let contents = try? Safetensors.decode([UInt8](data)),
      contents.metadata["recipe"] == recipe,
      let epoch = contents.metadata["epoch"].flatMap(Int.init),
      let steps = contents.metadata["steps"].flatMap(Int.init),
      let updates = contents.metadata["averageUpdates"].flatMap(Int.init),
      let step = Int(contents.metadata["step"] ?? "0"),
      let lossBits = UInt64(contents.metadata["lossSum"] ?? "0", radix: 16)
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
      step: step, lossSum: Double(bitPattern: lossBits), state: part("s."), recipe: recipe)
  }
}
