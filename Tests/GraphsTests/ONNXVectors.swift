import Foundation
import Graphs
import Tensors
import Testing

/// The models of `Vectors`, which Tests/tools/make_onnx_vectors.py makes, with what goes in and
/// what ONNX Runtime makes of it.
struct ONNXVector: Sendable, CustomTestStringConvertible {
  /// One line of the list of models.
  struct Entry: Decodable {
    let opset: Int
    let operators: [String]
  }

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Vectors").path

  static let index: [String: Entry] = {
    let data = FileManager.default.contents(atPath: folder + "/index.json") ?? Data()
    return (try? JSONDecoder().decode([String: Entry].self, from: data)) ?? [:]
  }()

  static let all = index.keys.sorted().map(ONNXVector.init)

  let name: String
  var testDescription: String { name }
  var path: String { Self.folder + "/\(name).onnx" }

  var bytes: [UInt8] {
    get throws { [UInt8](try #require(FileManager.default.contents(atPath: path))) }
  }

  /// Inputs and outputs by name.
  var tensors: Parameters {
    get throws { try Safetensors.read(Self.folder + "/\(name).safetensors").parameters }
  }

  /// The shapes of all tensors; those of inputs are looked up.
  var shapes: [String: Shape] {
    get throws {
      let tensors = try tensors
      return tensors.names.reduce(into: [:]) { $0[$1] = tensors[$1]?.shape }
    }
  }
}

extension ImportedModel {
  /// The outputs by name for inputs that are looked up by name.
  func run(_ tensors: Parameters) throws -> [String: Tensor] {
    let plan = try Plan(graph, outputs: outputs.map(\.value))
    var given: [String: Tensor] = [:]
    for (name, _) in inputs { given[name] = try #require(tensors[name]) }
    let results = try plan.run(
      inputs: given, parameters: parameters, workspace: Workspace(threads: 1))
    return Dictionary(uniqueKeysWithValues: zip(outputs.map(\.name), results))
  }
}

/// The largest difference, relative to the largest magnitude of `b`, or to 1 where that is less.
func distance(_ a: Tensor, _ b: Tensor) -> Float {
  guard a.shape == b.shape else { return .infinity }
  let scale = b.values.reduce(1) { max($0, abs($1)) }
  return zip(a.values, b.values).reduce(0) { largest, pair in
    let difference = abs(pair.0 - pair.1) / scale
    return difference.isNaN ? .infinity : max(largest, difference)
  }
}
