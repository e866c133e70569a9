import Foundation
import Tensors

/// Named tensors in the safetensors form: an eight byte length, a JSON header, and raw floats.
///
/// Floats of 16, 32 and 64 bits are read, the last rounded to 32; only 32 bits are written. Every
/// size and offset is checked before memory is allocated or read: the
/// tensors must tile the data without gap or overlap, as the reference reader demands.
package enum Safetensors {
  /// The most bytes of header that are parsed.
  package static let headerLimit = 1 << 22

  /// The tensors of a file and its free text entries ("__metadata__").
  package struct Contents: Sendable, Equatable {
    package var parameters: Parameters
    package var metadata: [String: String]
  }

  /// Reads a regular file of at most `limit` bytes.
  ///
  /// Throws `GraphError`: `.fileUnreadable`, `.fileTooLarge`, `.fileHeader`, `.fileType` or
  /// `.fileOffsets`, with the index of the entry in ascending order of names.
  package static func read(_ path: String, limit: Int = 1 << 31) throws -> Contents {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    guard let attributes, attributes[.type] as? FileAttributeType == .typeRegular,
      let size = attributes[.size] as? Int
    else { throw GraphError(.fileUnreadable) }
    guard size <= limit else { throw GraphError(.fileTooLarge) }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw GraphError(.fileUnreadable)
    }
    return try decode([UInt8](data))
  }

  /// Reads the bytes of a file. Throws as `read`.
  package static func decode(_ bytes: [UInt8]) throws -> Contents {
    guard bytes.count >= 8 else { throw GraphError(.fileHeader) }
    let length = bytes[0..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length >= 2, length <= UInt64(min(headerLimit, bytes.count - 8)) else {
      throw GraphError(.fileHeader)
    }
    let start = 8 + Int(length)
    guard bytes[8] == UInt8(ascii: "{"),
      let header = try? JSONDecoder().decode([String: Entry].self, from: Data(bytes[8..<start]))
    else { throw GraphError(.fileHeader) }
    return try assemble(header, bytes, start)
  }

  private static func assemble(
    _ header: [String: Entry], _ bytes: [UInt8], _ start: Int
  ) throws -> Contents {
    var contents = Contents(parameters: Parameters(), metadata: [:])
    var spans: [Range<Int>] = []
    for (index, name) in header.keys.sorted().enumerated() {
      switch header[name] {
      case .text(let text):
        guard name == metadataKey else { throw GraphError(.fileHeader, at: index) }
        contents.metadata = text
      case .tensor(let form):
        guard name != metadataKey else { throw GraphError(.fileHeader, at: index) }
        let span = try form.checked(within: bytes.count - start, at: index)
        spans.append(span)
        contents.parameters[name] = Tensor(
          Shape(form.shape),
          floats(bytes, start + span.lowerBound..<start + span.upperBound, form.element))
      case nil: break
      }
    }
    var end = 0
    for span in spans.sorted(by: { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
    ) {
      guard span.lowerBound == end else { throw GraphError(.fileOffsets) }
      end = span.upperBound
    }
    guard end == bytes.count - start else { throw GraphError(.fileOffsets) }
    return contents
  }

  private static func floats(
    _ bytes: [UInt8], _ span: Range<Int>, _ element: FloatElement?
  ) -> [Float] {
    bytes.withUnsafeBytes { raw in
      func bits<B: FixedWidthInteger>(_ type: B.Type) -> [B] {
        stride(from: span.lowerBound, to: span.upperBound, by: MemoryLayout<B>.size).map {
          B(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: type))
        }
      }
      switch element {
      case .single: return bits(UInt32.self).map { Float(bitPattern: $0) }
      case .half: return bits(UInt16.self).map(HalfPrecision.ieee)
      case .brain: return bits(UInt16.self).map(HalfPrecision.brain)
      case .double: return bits(UInt64.self).map { Float(Double(bitPattern: $0)) }
      case nil: preconditionFailure("the type was not checked")
      }
    }
  }

  static let metadataKey = "__metadata__"

  /// One entry of the header: the text map, or a tensor.
  private enum Entry: Decodable {
    case text([String: String])
    case tensor(Form)

    init(from decoder: any Decoder) throws {
      if let form = try? Form(from: decoder) {
        self = .tensor(form)
      } else {
        self = .text(try [String: String](from: decoder))
      }
    }
  }
}

/// The element types that are read, by the names of the form.
private enum FloatElement: String {
  case half = "F16"
  case brain = "BF16"
  case single = "F32"
  case double = "F64"

  var bytes: Int {
    switch self {
    case .half, .brain: 2
    case .single: 4
    case .double: 8
    }
  }
}

/// The header entry of one tensor, as read.
private struct Form: Decodable {
  let type: String
  let shape: [Int]
  let offsets: [Int]

  enum CodingKeys: String, CodingKey {
    case type = "dtype"
    case shape
    case offsets = "data_offsets"
  }

  var element: FloatElement? { FloatElement(rawValue: type) }

  /// The bytes of the tensor, when type, shape and offsets agree and lie inside the data.
  func checked(within size: Int, at index: Int) throws -> Range<Int> {
    guard let element else { throw GraphError(.fileType, at: index) }
    guard shape.count <= 8, offsets.count == 2, offsets[0] >= 0, offsets[1] >= offsets[0],
      offsets[1] <= size
    else { throw GraphError(.fileOffsets, at: index) }
    var bytes = element.bytes
    for extent in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow else { throw GraphError(.fileOffsets, at: index) }
      bytes = product
    }
    guard bytes == offsets[1] - offsets[0] else { throw GraphError(.fileOffsets, at: index) }
    return offsets[0]..<offsets[1]
  }
}
