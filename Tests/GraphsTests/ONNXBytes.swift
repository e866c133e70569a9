/// Protobuf by hand, so that files can be wrong in ways that no library writes.
struct Message {
  private(set) var bytes: [UInt8] = []

  static func varint(_ value: UInt64) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  mutating func int(_ field: Int, _ value: Int) {
    bytes += Self.varint(UInt64(field) << 3)
    bytes += Self.varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func float(_ field: Int, _ value: Float) {
    bytes += Self.varint(UInt64(field) << 3 | 5)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += Array($0) }
  }

  mutating func data(_ field: Int, _ value: [UInt8]) {
    bytes += Self.varint(UInt64(field) << 3 | 2)
    bytes += Self.varint(UInt64(value.count))
    bytes += value
  }

  mutating func text(_ field: Int, _ value: String) { data(field, Array(value.utf8)) }

  mutating func message(_ field: Int, _ value: Message) { data(field, value.bytes) }

  mutating func raw(_ value: [UInt8]) { bytes += value }
}

extension Message {
  enum Attribute {
    case int(Int)
    case float(Float)
    case ints([Int])
    case string(String)
    case tensor(Message)
  }

  static func attribute(_ name: String, _ value: Attribute) -> Message {
    var message = Message()
    message.text(1, name)
    switch value {
    case .float(let number):
      message.float(2, number)
      message.int(20, 1)
    case .int(let number):
      message.int(3, number)
      message.int(20, 2)
    case .string(let text):
      message.text(4, text)
      message.int(20, 3)
    case .tensor(let tensor):
      message.message(5, tensor)
      message.int(20, 4)
    case .ints(let list):
      for number in list { message.int(8, number) }
      message.int(20, 7)
    }
    return message
  }

  static func node(
    _ op: String, _ inputs: [String], _ outputs: [String], _ attributes: [String: Attribute] = [:],
    domain: String = ""
  ) -> Message {
    var message = Message()
    for input in inputs { message.text(1, input) }
    for output in outputs { message.text(2, output) }
    message.text(4, op)
    for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
      message.message(5, attribute(name, value))
    }
    if !domain.isEmpty { message.text(7, domain) }
    return message
  }

  /// Floats as raw data; `raw` replaces it.
  static func tensor(
    _ name: String, _ dims: [Int], _ values: [Float] = [], type: Int = 1, raw: [UInt8]? = nil
  ) -> Message {
    var message = Message()
    for dim in dims { message.int(1, dim) }
    message.int(2, type)
    message.text(8, name)
    let bytes = values.flatMap { value in
      withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
    }
    message.data(9, raw ?? bytes)
    return message
  }

  static func integers(_ name: String, _ values: [Int]) -> Message {
    let bytes = values.flatMap { value in
      withUnsafeBytes(of: Int64(value).littleEndian) { Array($0) }
    }
    return tensor(name, [values.count], type: 7, raw: bytes)
  }

  /// A tensor whose data lies in another file.
  static func external(_ name: String, _ dims: [Int], _ entries: [String: String]) -> Message {
    var message = Message()
    for dim in dims { message.int(1, dim) }
    message.int(2, 1)
    message.text(8, name)
    for (key, value) in entries.sorted(by: { $0.key < $1.key }) {
      var entry = Message()
      entry.text(1, key)
      entry.text(2, value)
      message.message(13, entry)
    }
    message.int(14, 1)
    return message
  }

  static func info(_ name: String, _ dims: [Int]?, type: Int = 1) -> Message {
    var tensor = Message()
    tensor.int(1, type)
    if let dims {
      var shape = Message()
      for dim in dims {
        var message = Message()
        message.int(1, dim)
        shape.message(1, message)
      }
      tensor.message(2, shape)
    }
    var kind = Message()
    kind.message(1, tensor)
    var info = Message()
    info.text(1, name)
    info.message(2, kind)
    return info
  }

  /// A model with one input "x" and one output "y", unless told otherwise.
  static func model(
    _ nodes: [Message], _ initializers: [Message] = [], x: [Int] = [1, 2, 4, 4],
    inputs: [Message]? = nil, outputs: [Message]? = nil, opset: Int = 17
  ) -> [UInt8] {
    var graph = Message()
    for node in nodes { graph.message(1, node) }
    for tensor in initializers { graph.message(5, tensor) }
    for input in inputs ?? [info("x", x)] { graph.message(11, input) }
    for output in outputs ?? [info("y", nil)] { graph.message(12, output) }
    var set = Message()
    set.int(2, opset)
    var model = Message()
    model.int(1, 8)
    model.message(7, graph)
    model.message(8, set)
    return model.bytes
  }
}
