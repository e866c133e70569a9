/// Why an ONNX file was refused, or why a graph cannot be written as one.
///
/// Holds a stable code, a place and numbers. Of the text of a file it repeats only identifiers:
/// names of operators, attributes, inputs and dimensions of at most 64 ASCII letters, digits,
/// underscores, dots, colons and slashes.
package struct ONNXError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Stable: written to logs and reports.
  package enum Code: String, Sendable {
    case fileUnreadable = "onnx-file-unreadable"
    case fileTooLarge = "onnx-file-too-large"
    case malformed = "onnx-malformed"
    case tooManyFields = "onnx-too-many-fields"
    case operatorSet = "onnx-operator-set"
    case feature = "onnx-feature"
    case domain = "onnx-operator-domain"
    case unknownOperator = "onnx-unknown-operator"
    case attribute = "onnx-attribute"
    case unknownAttribute = "onnx-unknown-attribute"
    case inputCount = "onnx-input-count"
    case outputCount = "onnx-output-count"
    case undefinedName = "onnx-name-used-before-definition"
    case duplicateName = "onnx-duplicate-name"
    case elementType = "onnx-element-type"
    case tensorSize = "onnx-tensor-size"
    case notFinite = "onnx-weight-not-finite"
    case externalData = "onnx-external-data"
    case tooManyWeights = "onnx-too-many-weights"
    case tooLarge = "onnx-activation-too-large"
    case symbolicShape = "onnx-shape-not-given"
    case inputShape = "onnx-input-shape"
    case outputShape = "onnx-output-shape"
    case shape = "onnx-shape"
    case notConstant = "onnx-operand-not-constant"
    case inexpressible = "onnx-inexpressible"
  }

  /// Where in the file, counted from 0 in its order; for a graph, the index of the node.
  package enum Place: Hashable, Sendable {
    case node(Int)
    case initializer(Int)
    case input(Int)
    case output(Int)
  }

  package let code: Code
  package let place: Place?
  /// The operator of a node, or the name of an input or output; nil when no identifier.
  package let name: String?
  /// The attribute, or the symbolic dimension of an input; nil when no identifier.
  package let attribute: String?
  /// What was found: a version, extents, bytes and their limit.
  package let numbers: [Int]

  package init(
    _ code: Code, at place: Place? = nil, name: String? = nil, attribute: String? = nil,
    _ numbers: [Int] = []
  ) {
    self.code = code
    self.place = place
    self.name = name.flatMap(Self.identifier)
    self.attribute = attribute.flatMap(Self.identifier)
    self.numbers = Array(numbers.prefix(16))
  }

  package var description: String {
    var parts = [code.rawValue]
    switch place {
    case .node(let index): parts.append("at node \(index)")
    case .initializer(let index): parts.append("at initializer \(index)")
    case .input(let index): parts.append("at input \(index)")
    case .output(let index): parts.append("at output \(index)")
    case nil: break
    }
    if let name { parts.append(name) }
    if let attribute { parts.append("attribute \(attribute)") }
    if !numbers.isEmpty { parts.append(numbers.map(String.init).joined(separator: ", ")) }
    return parts.joined(separator: " ")
  }

  /// The text itself when it is an identifier that may be repeated.
  private static func identifier(_ text: String) -> String? {
    let bytes = text.utf8
    let good = bytes.allSatisfy { byte in
      switch UInt8(byte) {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
        UInt8(ascii: ":"), UInt8(ascii: "/"):
        return true
      default: return false
      }
    }
    return good && (1...64).contains(bytes.count) ? text : nil
  }
}
