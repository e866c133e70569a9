/// A walk over the bytes of a protobuf message before it is decoded.
///
/// Two bytes of a file may become hundreds in memory (an empty node), and one byte eight (packed
/// integers). The walk counts what decoding would make, without making it.
struct ONNXWire {
  /// Which fields of a message hold messages, and which hold packed integers.
  private struct Kind {
    var messages: [UInt64: Int] = [:]
    var integers: Set<UInt64> = []
  }

  private enum Message: Int {
    case model, graph, node, attribute, tensor, value, type, tensorType, shape, entry
  }

  private static let kinds: [Kind] = {
    func to(_ fields: [UInt64: Message], integers: Set<UInt64> = []) -> Kind {
      Kind(messages: fields.mapValues(\.rawValue), integers: integers)
    }
    return [
      to([7: .graph, 8: .entry, 25: .entry]),
      to([1: .node, 5: .tensor, 11: .value, 12: .value, 15: .entry]),
      to([5: .attribute]),
      to([5: .tensor], integers: [8]),
      to([13: .entry], integers: [1, 5, 7]),
      to([2: .type]),
      to([1: .tensorType]),
      to([2: .shape]),
      to([1: .entry]),
      to([:]),
    ]
  }()

  private let bytes: UnsafeRawBufferPointer
  private var fields: Int
  private var integers: Int

  /// Throws `.malformed` or `.tooManyFields` with the limit.
  static func check(_ bytes: [UInt8], _ limits: ONNXLimits) throws {
    try bytes.withUnsafeBytes { raw in
      var wire = ONNXWire(bytes: raw, fields: limits.fields, integers: 8 * limits.fields)
      try wire.walk(0..<raw.count, as: .model)
    }
  }

  /// Depth is bounded: the kinds form no cycle.
  private mutating func walk(_ range: Range<Int>, as message: Message) throws {
    let kind = Self.kinds[message.rawValue]
    var position = range.lowerBound
    while position < range.upperBound {
      fields -= 1
      guard fields >= 0 else { throw ONNXError(.tooManyFields) }
      let tag = try varint(&position, range.upperBound)
      let field = tag >> 3
      switch tag & 7 {
      case 0: _ = try varint(&position, range.upperBound)
      case 1: position += 8
      case 5: position += 4
      case 2:
        let length = try varint(&position, range.upperBound)
        guard length <= UInt64(range.upperBound - position) else { throw ONNXError(.malformed) }
        let body = position..<position + Int(length)
        if let inner = kind.messages[field].flatMap(Message.init) {
          try walk(body, as: inner)
        } else if kind.integers.contains(field) {
          integers -= body.count
          guard integers >= 0 else { throw ONNXError(.tooManyFields) }
        }
        position = body.upperBound
      default: throw ONNXError(.malformed)
      }
      guard field > 0, position <= range.upperBound else { throw ONNXError(.malformed) }
    }
  }

  private func varint(_ position: inout Int, _ end: Int) throws -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), through: 63, by: 7) {
      guard position < end else { throw ONNXError(.malformed) }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    throw ONNXError(.malformed)
  }
}
