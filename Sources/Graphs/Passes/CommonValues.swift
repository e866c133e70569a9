import Tensors

/// Merges nodes of the same operator with the same inputs, and equal constants.
struct CommonValues: Pass {
  static let name = "common values"
  /// Larger constants are not compared.
  static let largestConstant = 1 << 12

  private enum Key: Hashable {
    case constant(Shape, [UInt32])
    case operation(String, [Value])
  }

  private var seen: [Key: Value] = [:]

  mutating func replace(_ value: Value, in rewriting: inout Rewriting) throws -> Value? {
    guard let key = Self.key(value, rewriting) else { return nil }
    if let first = seen[key] { return rewriting.image(of: first) }
    seen[key] = value
    return nil
  }

  /// An operator is known by the print of all its stored properties: `attributes` may leave out
  /// what the shapes tell.
  private static func key(_ value: Value, _ rewriting: Rewriting) -> Key? {
    switch rewriting.source.nodes[value.index].source {
    case .input, .parameter: return nil
    case .constant(let tensor):
      guard tensor.values.count <= largestConstant else { return nil }
      return .constant(tensor.shape, tensor.values.map(\.bitPattern))
    case .operation(let op, let inputs):
      return .operation(String(reflecting: op), rewriting.images(of: inputs))
    }
  }
}
