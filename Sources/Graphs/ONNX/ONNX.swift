import SwiftProtobuf
import Tensors

/// A network read from a file: its graph, its weights, and what goes in and out by name.
package struct ImportedModel: Sendable {
  package let graph: Graph
  package let parameters: Parameters
  package let inputs: [(name: String, value: Value)]
  package let outputs: [(name: String, value: Value)]
}

/// Networks in the ONNX form, operator sets 13 to 21 (https://onnx.ai, "Operator Schemas").
///
/// Initializers become parameters under their names, computations on shapes are folded, and
/// everything else becomes nodes of a `Graph`. What has no exact meaning here is refused.
package enum ONNX {
  /// The operator sets that are read.
  package static let operatorSets = 13...21

  /// The operators that are read, in ascending order.
  package static var operators: [String] { ONNXImporter.handlers.keys.sorted() }

  /// Reads a regular file, and tensors that it keeps in files beside it.
  ///
  /// - Parameter inputShapes: by name, the shapes of inputs whose extents the file leaves open;
  ///   where the file fixes an extent, they must agree.
  /// - Throws: `ONNXError`; nothing is allocated or computed beyond `limits`.
  package static func read(
    _ path: String, limits: ONNXLimits = ONNXLimits(), inputShapes: [String: Shape] = [:]
  ) throws -> ImportedModel {
    let bytes = try ONNXFile.read(path, limit: limits.fileBytes)
    return try decode(
      bytes, folder: ONNXFile.folder(of: path), limits: limits, inputShapes: inputShapes)
  }

  /// Reads the bytes of a file. Throws as `read`, and `.externalData` when tensors lie in other
  /// files and `folder` is nil.
  package static func decode(
    _ bytes: [UInt8], folder: String? = nil, limits: ONNXLimits = ONNXLimits(),
    inputShapes: [String: Shape] = [:]
  ) throws -> ImportedModel {
    guard bytes.count <= limits.fileBytes else {
      throw ONNXError(.fileTooLarge, [bytes.count, limits.fileBytes])
    }
    try ONNXWire.check(bytes, limits)
    var options = BinaryDecodingOptions()
    options.messageDepthLimit = 16
    options.discardUnknownFields = true
    guard let model = try? Onnx_ModelProto(serializedBytes: bytes, options: options) else {
      throw ONNXError(.malformed)
    }
    var importer = ONNXImporter(
      limits: limits, operatorSet: try operatorSet(of: model), folder: folder)
    return try importer.run(model.graph, inputShapes)
  }

  /// The version of the standard operator set. Throws `.operatorSet` with it, or `.feature`.
  private static func operatorSet(of model: Onnx_ModelProto) throws -> Int {
    guard model.hasGraph else { throw ONNXError(.malformed) }
    guard model.functions.isEmpty, model.graph.sparseInitializer.isEmpty else {
      throw ONNXError(.feature)
    }
    let versions = model.opsetImport.filter { $0.domain.isEmpty || $0.domain == "ai.onnx" }
    guard let version = versions.first?.version, versions.count == 1,
      operatorSets.contains(Int(version))
    else { throw ONNXError(.operatorSet, versions.map { Int($0.version) }) }
    return Int(version)
  }
}
