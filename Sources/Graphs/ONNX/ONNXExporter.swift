import SwiftProtobuf
import Tensors

extension ONNX {
  /// The operator set that is written.
  package static let writtenOperatorSet = 17

  /// The bytes of an ONNX file that computes `outputs`; the same graph gives the same bytes.
  ///
  /// Throws `ONNXError`: `.inexpressible` with node and operator, `.duplicateName` when two of
  /// inputs, parameters and outputs share a name, `.tooManyWeights` beyond the 2 GiB of the form;
  /// or `GraphError` with the node of a missing or misshapen parameter.
  package static func encode(
    _ graph: Graph, outputs: [(String, Value)], parameters: Parameters
  ) throws -> [UInt8] {
    var exporter = try ONNXExporter(graph, outputs, parameters)
    try exporter.run()
    var model = Onnx_ModelProto()
    model.irVersion = 8
    model.producerName = "pleura"
    model.graph = exporter.proto
    var set = Onnx_OperatorSetIdProto()
    set.domain = ""
    set.version = Int64(writtenOperatorSet)
    model.opsetImport = [set]
    return try model.serializedBytes()
  }
}

/// Writes the nodes of a graph, in order, as nodes of a file.
struct ONNXExporter {
  let graph: Graph
  private(set) var proto = Onnx_GraphProto()
  private let outputs: [(name: String, value: Value)]
  private let parameters: Parameters
  private let needed: [Int]
  private var names: [Int: String] = [:]
  private var taken: Set<String> = []

  /// Throws `.duplicateName`, or `.foreignValue` of `GraphError`.
  init(_ graph: Graph, _ outputs: [(String, Value)], _ parameters: Parameters) throws {
    guard outputs.allSatisfy({ $0.1.index < graph.nodes.count }) else {
      throw GraphError(.foreignValue)
    }
    self.graph = graph
    self.outputs = outputs.map { (name: $0.0, value: $0.1) }
    self.parameters = parameters
    needed = Self.needed(graph, outputs.map(\.1))
    for (index, output) in self.outputs.enumerated() {
      guard !output.name.isEmpty, taken.insert(output.name).inserted else {
        throw ONNXError(.duplicateName, at: .output(index), name: output.name)
      }
      if graph.op(of: output.value) != nil, names[output.value.index] == nil {
        names[output.value.index] = output.name
      }
    }
    proto.name = "graph"
  }

  mutating func run() throws {
    for index in needed { try nameLeaf(index) }
    for index in needed { try write(Value(index: index)) }
    for output in outputs {
      var info = Onnx_ValueInfoProto()
      info.name = output.name
      info.type = Self.type(graph.shape(of: output.value))
      proto.output.append(info)
      if names[output.value.index] != output.name {
        append("Identity", [name(of: output.value)], to: output.name)
      }
    }
  }

  /// What must be written: batch normalisation reads mean and variance before they are joined.
  private static func needed(_ graph: Graph, _ outputs: [Value]) -> [Int] {
    var wanted = Set(outputs.map(\.index))
    for index in graph.nodes.indices.reversed() where wanted.contains(index) {
      let value = Value(index: index)
      wanted.formUnion(operands(graph, of: value).map(\.index))
    }
    return graph.nodes.indices.filter(wanted.contains)
  }

  private static func operands(_ graph: Graph, of value: Value) -> [Value] {
    let inputs = graph.inputs(of: value)
    guard graph.op(of: value) is BatchNormalize, let rows = rows(graph, inputs[1]) else {
      return inputs
    }
    return [inputs[0], inputs[2], inputs[3], rows.mean, rows.variance]
  }

  /// Mean and variance of statistics that are made by joining two vectors.
  static func rows(_ graph: Graph, _ statistics: Value) -> (mean: Value, variance: Value)? {
    guard let concat = graph.op(of: statistics) as? Concat, concat.axis == 0 else { return nil }
    let parts = graph.inputs(of: statistics)
    guard parts.count == 2, parts.allSatisfy({ graph.op(of: $0) is Reshape }) else { return nil }
    let vectors = parts.map { graph.inputs(of: $0)[0] }
    guard vectors.allSatisfy({ graph.shape(of: $0).rank == 1 }) else { return nil }
    return (vectors[0], vectors[1])
  }

  /// Inputs and parameters keep their names; each is taken once.
  private mutating func nameLeaf(_ index: Int) throws {
    let node = graph.nodes[index]
    switch node.source {
    case .input(let name):
      try take(name, index)
      var info = Onnx_ValueInfoProto()
      info.name = name
      info.type = Self.type(node.shape)
      proto.input.append(info)
    case .parameter(let name):
      try take(name, index)
      guard let tensor = parameters[name] else {
        throw GraphError(.missingParameter, at: index)
      }
      guard tensor.shape == node.shape else { throw GraphError(.parameterShape, at: index) }
      var initializer = Self.tensor(tensor)
      initializer.name = name
      proto.initializer.append(initializer)
      let bytes = proto.initializer.reduce(0) { $0 + $1.rawData.count }
      guard bytes < 2_000_000_000 else {
        throw ONNXError(.tooManyWeights, at: .node(index), [bytes])
      }
    case .constant, .operation: break
    }
  }

  private mutating func take(_ name: String, _ index: Int) throws {
    guard !name.isEmpty, taken.insert(name).inserted else {
      throw ONNXError(.duplicateName, at: .node(index), name: name)
    }
    names[index] = name
  }

  /// The name under which a value is written.
  mutating func name(of value: Value) -> String {
    if let name = names[value.index] { return name }
    let name = fresh("v\(value.index)")
    names[value.index] = name
    return name
  }

  /// A name that nothing else has.
  private mutating func fresh(_ wish: String) -> String {
    var name = wish
    while !taken.insert(name).inserted { name += "_" }
    return name
  }

  /// Appends a node and returns the name of its output: `output`, or a new one.
  @discardableResult
  mutating func append(
    _ op: String, _ inputs: [String], _ attributes: [Onnx_AttributeProto] = [],
    to output: String? = nil
  ) -> String {
    var node = Onnx_NodeProto()
    node.opType = op
    node.input = inputs
    node.attribute = attributes
    let name = output ?? fresh("t\(proto.node.count)")
    node.output = [name]
    proto.node.append(node)
    return name
  }

  /// Appends a constant and returns its name.
  mutating func constant(_ tensor: Tensor, to output: String? = nil) -> String {
    append("Constant", [], [.tensor("value", Self.tensor(tensor))], to: output)
  }

  mutating func constant(_ list: [Int]) -> String {
    var proto = Onnx_TensorProto()
    proto.dataType = 7
    proto.dims = [Int64(list.count)]
    proto.int64Data = list.map(Int64.init)
    return append("Constant", [], [.tensor("value", proto)])
  }

  private static func tensor(_ tensor: Tensor) -> Onnx_TensorProto {
    var proto = Onnx_TensorProto()
    proto.dataType = 1
    proto.dims = tensor.shape.dims.map(Int64.init)
    proto.rawData = tensor.littleEndianBytes
    return proto
  }

  private static func type(_ shape: Shape) -> Onnx_TypeProto {
    var type = Onnx_TypeProto()
    type.tensorType.elemType = 1
    type.tensorType.shape.dim = shape.dims.map { extent in
      var dim = Onnx_TensorShapeProto.Dimension()
      dim.dimValue = Int64(extent)
      return dim
    }
    // A scalar has a shape without extents.
    if shape.rank == 0 { type.tensorType.shape = Onnx_TensorShapeProto() }
    return type
  }
}
