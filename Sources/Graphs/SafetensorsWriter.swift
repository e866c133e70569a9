import Foundation
import Tensors

extension Safetensors {
  private struct Header: Encodable {
    let dtype = "F32"
    let shape: [Int]
    let offsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private struct Document: Encodable {
    let tensors: [String: Header]
    let metadata: [String: String]

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      if !metadata.isEmpty {
        try container.encode(metadata, forKey: Key(stringValue: metadataKey))
      }
      for (name, header) in tensors {
        try container.encode(header, forKey: Key(stringValue: name))
      }
    }
  }

  /// The bytes of a file; the same contents always give the same bytes.
  ///
  /// Tensors lie in ascending order of names; the header is padded to eight bytes with spaces.
  /// Throws `.duplicateName` for a tensor named "__metadata__".
  package static func encode(
    _ parameters: Parameters, metadata: [String: String] = [:]
  ) throws -> [UInt8] {
    var headers: [String: Header] = [:]
    var body: [UInt8] = []
    for name in parameters.names {
      guard name != metadataKey else { throw GraphError(.duplicateName) }
      guard let tensor = parameters[name] else { continue }
      let start = body.count
      for value in tensor.values {
        withUnsafeBytes(of: value.bitPattern.littleEndian) { body.append(contentsOf: $0) }
      }
      headers[name] = Header(shape: tensor.shape.dims, offsets: [start, body.count])
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let json = try? encoder.encode(Document(tensors: headers, metadata: metadata)) else {
      throw GraphError(.fileHeader)
    }
    var header = [UInt8](json)
    header += [UInt8](repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { [UInt8]($0) }
    return length + header + body
  }

  /// Writes a file: to a temporary name beside it, flushed to the disk, then renamed.
  ///
  /// Throws `.fileUnwritable`, leaving an older file of the name as it was.
  package static func write(
    _ parameters: Parameters, metadata: [String: String] = [:], to path: String
  ) throws {
    let bytes = try encode(parameters, metadata: metadata)
    let temporary = path + ".part"
    let manager = FileManager.default
    guard manager.createFile(atPath: temporary, contents: nil),
      let handle = FileHandle(forWritingAtPath: temporary)
    else { throw GraphError(.fileUnwritable) }
    do {
      try handle.write(contentsOf: Data(bytes))
      try handle.synchronize()
      try handle.close()
    } catch {
      try? manager.removeItem(atPath: temporary)
      throw GraphError(.fileUnwritable)
    }
    guard rename(temporary, path) == 0 else {
      try? manager.removeItem(atPath: temporary)
      throw GraphError(.fileUnwritable)
    }
  }
}
