import Tensors

/// The initializers, inputs and outputs of a file.
extension ONNXImporter {
  /// Checks every initializer before the first is read.
  mutating func addInitializers(_ protos: [Onnx_TensorProto]) throws {
    var bytes = 0
    var tensors: [ONNXTensor] = []
    for (index, proto) in protos.enumerated() {
      let most = min(limits.activationElements, limits.weightBytes / 4)
      let tensor = try ONNXTensor(proto, most: most) { code, numbers in
        ONNXError(code, at: .initializer(index), numbers)
      }
      // Neither sum nor product overflows: both are below 2^36.
      bytes += 4 * tensor.count
      guard bytes <= limits.weightBytes else {
        throw ONNXError(.tooManyWeights, at: .initializer(index), [bytes, limits.weightBytes])
      }
      guard tensor.isReal || tensor.count <= limits.folded else {
        throw ONNXError(.tensorSize, at: .initializer(index), tensor.dims)
      }
      tensors.append(tensor)
    }
    for (index, tensor) in tensors.enumerated() {
      let item = try initializer(tensor)
      guard !tensor.proto.name.isEmpty,
        items.updateValue(item, forKey: tensor.proto.name) == nil
      else { throw ONNXError(.duplicateName, at: .initializer(index)) }
    }
  }

  /// A single number, which exporters write for the constants of a formula, is no weight.
  private func initializer(_ tensor: ONNXTensor) throws -> Item {
    let folded = try tensor.folded(folder: folder, finite: !tensor.dims.isEmpty)
    guard case .reals(let list) = folded.numbers, !folded.dims.isEmpty, folded.count > 0 else {
      return .folded(folded)
    }
    return .weight(Tensor(Shape(folded.dims), list))
  }

  /// The inputs that are no initializers.
  mutating func addInputs(
    _ protos: [Onnx_ValueInfoProto], _ shapes: [String: Shape]
  ) throws -> [(name: String, value: Value)] {
    var inputs: [(name: String, value: Value)] = []
    for (index, proto) in protos.enumerated() {
      switch items[proto.name] {
      case .weight, .folded: continue
      case .value, .mask: throw ONNXError(.duplicateName, at: .input(index), name: proto.name)
      case nil: break
      }
      let shape = try inputShape(proto, index, shapes[proto.name])
      let value = graph.input(proto.name, shape)
      items[proto.name] = .value(value)
      inputs.append((proto.name, value))
    }
    return inputs
  }

  private func inputShape(
    _ proto: Onnx_ValueInfoProto, _ index: Int, _ given: Shape?
  ) throws -> Shape {
    func error(_ code: ONNXError.Code, _ dim: String? = nil, _ numbers: [Int]) -> ONNXError {
      ONNXError(code, at: .input(index), name: proto.name, attribute: dim, numbers)
    }
    let type = proto.type.tensorType
    guard !proto.name.isEmpty, type.elemType == 1 else {
      throw error(.elementType, nil, [Int(type.elemType)])
    }
    guard type.hasShape || given != nil else { throw error(.symbolicShape, nil, []) }
    let declared = type.shape.dim
    guard !type.hasShape || given == nil || given?.rank == declared.count else {
      throw error(.inputShape, nil, given?.dims ?? [])
    }
    var dims = given?.dims ?? []
    for (axis, dim) in declared.enumerated() {
      if dim.hasDimValue {
        let extent = Int(dim.dimValue)
        guard given == nil || dims[axis] == extent else { throw error(.inputShape, nil, dims) }
        if given == nil { dims.append(extent) }
      } else if given == nil {
        throw error(.symbolicShape, dim.dimParam, [axis])
      }
    }
    guard ONNXLimits.count(dims, most: limits.activationElements) != nil else {
      throw error(.tooLarge, nil, dims)
    }
    return Shape(dims)
  }

  /// The value of an output; where its extents are declared as numbers, they must be ours.
  mutating func output(_ proto: Onnx_ValueInfoProto, _ index: Int) throws -> Value {
    func error(_ code: ONNXError.Code, _ numbers: [Int] = []) -> ONNXError {
      ONNXError(code, at: .output(index), name: proto.name, numbers)
    }
    guard let item = items[proto.name] else { throw error(.undefinedName) }
    guard case .value(let value) = item else { throw error(.notConstant) }
    let type = proto.type.tensorType
    guard !type.hasElemType || type.elemType == 1 else {
      throw error(.elementType, [Int(type.elemType)])
    }
    let shape = graph.shape(of: value)
    if type.hasShape {
      let dims = type.shape.dim
      let fits =
        dims.count == shape.rank
        && zip(dims, shape.dims).allSatisfy { !$0.hasDimValue || Int($0.dimValue) == $1 }
      guard fits else { throw error(.outputShape, shape.dims) }
    }
    return value
  }
}
