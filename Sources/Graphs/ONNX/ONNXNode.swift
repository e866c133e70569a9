import Foundation

/// One node of a file while it is read: its operands, and the attributes not asked for yet.
struct ONNXNode {
  /// The numbers of `AttributeProto.AttributeType`.
  private enum Kind: Int32 {
    case float = 1
    case int, string, tensor
    case floats = 6
    case ints
  }

  let index: Int
  let op: String
  let inputs: [String]
  let outputs: [String]
  private var attributes: [String: Onnx_AttributeProto] = [:]

  init(_ proto: Onnx_NodeProto, _ index: Int) throws {
    self.index = index
    op = proto.opType
    inputs = proto.input
    outputs = proto.output
    for attribute in proto.attribute {
      let double = attributes.updateValue(attribute, forKey: attribute.name) != nil
      guard !double, !attribute.hasRefAttrName else {
        throw error(.attribute, attribute.name)
      }
    }
  }

  func error(_ code: ONNXError.Code, _ attribute: String? = nil, _ numbers: [Int] = []) -> ONNXError
  {
    ONNXError(code, at: .node(index), name: op, attribute: attribute, numbers)
  }

  /// True when operand `position` is there and not the empty name of an omitted one.
  func has(_ position: Int) -> Bool {
    inputs.indices.contains(position) && !inputs[position].isEmpty
  }

  /// Throws `.inputCount` with the number of operands.
  func expect(_ range: ClosedRange<Int>) throws {
    guard range.contains(inputs.count) else { throw error(.inputCount, nil, [inputs.count]) }
  }

  mutating func int(_ name: String) throws -> Int? { try take(name, .int).map { Int($0.i) } }

  mutating func int(_ name: String, default value: Int) throws -> Int { try int(name) ?? value }

  mutating func flag(_ name: String, default value: Bool = false) throws -> Bool {
    let number = try int(name, default: value ? 1 : 0)
    guard number == 0 || number == 1 else { throw error(.attribute, name, [number]) }
    return number == 1
  }

  mutating func ints(_ name: String) throws -> [Int]? {
    try take(name, .ints).map { $0.ints.map(Int.init) }
  }

  mutating func float(_ name: String, default value: Float) throws -> Float {
    let number = try take(name, .float)?.f ?? value
    guard number.isFinite else { throw error(.attribute, name) }
    return number
  }

  mutating func floats(_ name: String) throws -> [Float]? { try take(name, .floats)?.floats }

  mutating func tensor(_ name: String) throws -> Onnx_TensorProto? { try take(name, .tensor)?.t }

  mutating func string(_ name: String, default value: String) throws -> String {
    guard let attribute = try take(name, .string) else { return value }
    guard let text = String(data: attribute.s, encoding: .utf8) else {
      throw error(.attribute, name)
    }
    return text
  }

  /// Takes a string that must be one of `allowed`.
  mutating func string(_ name: String, default value: String, of allowed: [String]) throws -> String
  {
    let text = try string(name, default: value)
    guard allowed.contains(text) else { throw error(.attribute, name) }
    return text
  }

  /// Takes an attribute that has no meaning here.
  mutating func ignore(_ names: String...) { for name in names { attributes[name] = nil } }

  /// Throws `.unknownAttribute` with the first attribute that nobody asked for.
  func finish() throws {
    if let name = attributes.keys.min() { throw error(.unknownAttribute, name) }
  }

  private mutating func take(_ name: String, _ kind: Kind) throws -> Onnx_AttributeProto? {
    guard let attribute = attributes.removeValue(forKey: name) else { return nil }
    guard attribute.type == kind.rawValue else {
      throw error(.attribute, name, [Int(attribute.type)])
    }
    return attribute
  }
}
