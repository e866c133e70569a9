import Foundation
import Graphs
import Imaging
import Tensors

/// A trained model: `models/<name>/` with `model.json`, `weights.safetensors` and
/// `golden.safetensors`; immutable, with a digest that findings record.
package struct ModelPackage: Sendable {
  /// Inputs and the logits they gave when the package was made.
  package struct Golden: Sendable, Equatable {
    /// [N, C, H, W] at the size of the preparation.
    package let image: Tensor
    package let logits: Tensor
    /// Those of the second network, of models in two parts.
    package let secondLogits: Tensor?

    package init(image: Tensor, logits: Tensor, secondLogits: Tensor? = nil) {
      self.image = image
      self.logits = logits
      self.secondLogits = secondLogits
    }
  }

  package let description: ModelDescription
  /// Of `description.network`.
  package let parameters: Parameters
  /// Of `description.second`, by the names of that network; nil when there is none.
  package let second: Parameters?
  package let golden: Golden?
  /// SHA-256 of the bytes of `model.json` followed by those of `weights.safetensors`, 64
  /// hexadecimal digits.
  package let digest: String

  static let documentName = "model.json"
  static let weightsName = "weights.safetensors"
  static let goldenName = "golden.safetensors"
  private static let logitsName = "logits"
  private static let documentLimit = 1 << 20
  private static let weightsLimit = 1 << 30

  /// Throws `ModelError` when description and parameters do not belong together.
  /// - Parameters:
  ///   - parameters: of the network.
  ///   - second: of the second network, where the description has one.
  package init(
    _ description: ModelDescription, parameters: Parameters, second: Parameters? = nil,
    golden: Golden? = nil
  ) throws {
    let document = try Self.document(of: description)
    let all = Self.joined(parameters, second, description)
    let weights = try Self.weights(of: all)
    guard (second == nil) == (description.second == nil) else { throw ModelError(.weights) }
    try self.init(description, all, golden, bytes: document + weights)
  }

  /// From all parameters of the file.
  private init(
    _ description: ModelDescription, _ all: Parameters, _ golden: Golden?, bytes: [UInt8]
  ) throws {
    try description.check()
    if let own = description.second {
      let parts = all.split(at: own.prefix)
      try own.network.check(parts.behind)
      (parameters, second) = (parts.others, parts.behind)
    } else {
      (parameters, second) = (all, nil)
    }
    try description.network.check(parameters)
    self.description = description
    self.golden = golden
    self.digest = SHA256.hex(of: bytes)
  }

  /// The same weights and golden vectors under another description. Throws as `init`.
  package func describing(_ description: ModelDescription) throws -> ModelPackage {
    try ModelPackage(
      description, parameters: parameters, second: second, golden: golden)
  }

  /// Reads a folder.
  ///
  /// Throws `ModelError`: `.unreadable`, `.document`, `.version`, `.specification`, or `.weights`
  /// when a tensor is missing, superfluous, misshapen or not finite. Golden vectors are read but
  /// not run: see `verify`.
  package static func load(_ folder: String) throws -> ModelPackage {
    let document = try bytes(folder + "/" + documentName, limit: documentLimit)
    let weights = try bytes(folder + "/" + weightsName, limit: weightsLimit)
    guard let description = try? JSONDecoder().decode(ModelDescription.self, from: Data(document))
    else { throw ModelError(.document) }
    guard let contents = try? Safetensors.decode(weights) else { throw ModelError(.weights) }
    var golden: Golden?
    if FileManager.default.fileExists(atPath: folder + "/" + goldenName) {
      let vectors = try? Safetensors.decode(bytes(folder + "/" + goldenName, limit: weightsLimit))
      guard let image = vectors?.parameters["image"], let logits = vectors?.parameters[logitsName]
      else { throw ModelError(.golden) }
      golden = Golden(
        image: image, logits: logits,
        secondLogits: description.second.flatMap {
          vectors?.parameters[$0.prefix + logitsName]
        })
    }
    return try ModelPackage(
      description, contents.parameters, golden, bytes: document + weights)
  }

  /// Writes the folder, each file by a temporary name; makes the folder when it is missing.
  ///
  /// `CARD.md` is written by whoever trained the model. Throws `.unwritable`.
  package func save(to folder: String) throws {
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
      try AtomicFile.write(Self.document(of: description), to: folder + "/" + Self.documentName)
      let all = Self.joined(parameters, second, description)
      try AtomicFile.write(Self.weights(of: all), to: folder + "/" + Self.weightsName)
      if let golden {
        var vectors = Parameters(["image": golden.image, Self.logitsName: golden.logits])
        if let own = description.second {
          vectors[own.prefix + Self.logitsName] = golden.secondLogits
        }
        try AtomicFile.write(Safetensors.encode(vectors), to: folder + "/" + Self.goldenName)
      }
    } catch {
      throw ModelError(.unwritable)
    }
  }

  private static func joined(
    _ parameters: Parameters, _ second: Parameters?, _ description: ModelDescription
  ) -> Parameters {
    guard let second, let own = description.second else { return parameters }
    return parameters.joined(second, at: own.prefix)
  }

  private static func document(of description: ModelDescription) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(description) else { throw ModelError(.document) }
    return [UInt8](data) + [UInt8(ascii: "\n")]
  }

  private static func weights(of parameters: Parameters) throws -> [UInt8] {
    guard let bytes = try? Safetensors.encode(parameters) else { throw ModelError(.weights) }
    return bytes
  }

  private static func bytes(_ path: String, limit: Int) throws -> [UInt8] {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    guard let attributes, attributes[.type] as? FileAttributeType == .typeRegular,
      let size = attributes[.size] as? Int, size <= limit,
      let data = FileManager.default.contents(atPath: path)
    else { throw ModelError(.unreadable) }
    return [UInt8](data)
  }
}

extension NetworkSpec {
  /// Throws `.weights` with the index of the layer unless every parameter of this network is
  /// there with its shape and finite, and there is no other.
  package func check(_ parameters: Parameters) throws {
    let shapes = try parameterShapes()
    guard parameters.names.count == shapes.count else { throw ModelError(.weights) }
    for (index, (name, shape)) in shapes.enumerated() {
      guard let tensor = parameters[name], tensor.shape == shape,
        tensor.values.allSatisfy(\.isFinite)
      else { throw ModelError(.weights, at: index) }
    }
  }
}
