import Graphs
import Networks
import Tensors

/// A network to run: its graph, its weights, and what goes in and out by name.
struct EngineModel {
  let graph: Graph
  let parameters: Parameters
  let inputs: [(name: String, value: Value)]
  let outputs: [(name: String, value: Value)]

  /// Reads a file or builds a named network.
  ///
  /// - Parameters:
  ///   - shapes: of inputs whose extents a file leaves open, by name.
  ///   - batch: replaces the first extent of every input.
  ///   - logits: outputs of a named network.
  ///   - seed: of the weights of a named network.
  init(
    _ source: EngineSource, shapes: [String: Shape], batch: Int?, logits: Int, seed: UInt64
  ) throws {
    switch source {
    case .file(let path):
      let given = try shapes.mapValues { try $0.withBatch(batch) }
      var model = try ONNX.read(path, inputShapes: given)
      let wanted = try model.shapes.mapValues { try $0.withBatch(batch) }
      if wanted != model.shapes { model = try ONNX.read(path, inputShapes: wanted) }
      (graph, parameters) = (model.graph, model.parameters)
      (inputs, outputs) = (model.inputs, model.outputs)
    case .named(let network, let channels, let height, let width):
      graph = try network.build(
        batch: batch ?? 1, channels: channels, height: height, width: width, outputs: logits,
        training: false)
      parameters = try network.spec(channels: channels, outputs: logits)
        .initialParameters(seed: seed)
      inputs = graph.inputs
      outputs = try Self.outputs(of: graph)
    }
  }

  /// The logits, or every tap of a network that has none.
  private static func outputs(of graph: Graph) throws -> [(name: String, value: Value)] {
    if let logits = graph.taps["logits"] { return [("logits", logits)] }
    let taps = graph.taps.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    guard !taps.isEmpty else { throw EngineError(.noOutput) }
    return taps
  }

  /// Standard normal numbers for every input; a seed gives the same everywhere.
  func randomInputs(seed: UInt64) -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for (name, value) in inputs {
      var source = RandomSource(seed: seed, stream: name)
      let shape = graph.shape(of: value)
      tensors[name] = Tensor(shape, (0..<shape.count).map { _ in Float(source.normal()) })
    }
    return tensors
  }

  /// Those of the tensors that are inputs.
  func inputs(from given: Parameters) -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for (name, _) in inputs { tensors[name] = given[name] }
    return tensors
  }

  /// The bytes of an ONNX file.
  func encoded() throws -> [UInt8] {
    try ONNX.encode(
      graph, outputs: outputs.map { ($0.name, $0.value) }, parameters: parameters)
  }
}

extension ImportedModel {
  fileprivate var shapes: [String: Shape] {
    Dictionary(uniqueKeysWithValues: inputs.map { ($0.name, graph.shape(of: $0.value)) })
  }
}

extension Shape {
  /// The shape with another first extent. Throws `.inputShape` for a scalar.
  fileprivate func withBatch(_ batch: Int?) throws -> Shape {
    guard let batch else { return self }
    guard rank > 0 else { throw EngineError(.inputShape) }
    return Shape([batch] + dims.dropFirst())
  }
}
