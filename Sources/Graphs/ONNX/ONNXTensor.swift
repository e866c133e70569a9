import Foundation

/// A tensor whose elements are known at import: integers for shapes, floats for constants.
struct Folded {
  enum Numbers {
    case integers([Int])
    case reals([Float])

    var count: Int {
      switch self {
      case .integers(let list): list.count
      case .reals(let list): list.count
      }
    }
  }

  var dims: [Int]
  var numbers: Numbers

  init(_ dims: [Int], _ numbers: Numbers) {
    precondition(dims.reduce(1, *) == numbers.count)
    self.dims = dims
    self.numbers = numbers
  }

  var count: Int { numbers.count }
}

/// How the elements of a tensor of a file become numbers.
struct ONNXTensor {
  private enum Element {
    case real(bytes: Int, (UInt64) -> Float)
    case integer(bytes: Int, (UInt64) -> Int?)

    var bytes: Int {
      switch self {
      case .real(let bytes, _), .integer(let bytes, _): bytes
      }
    }
  }

  let proto: Onnx_TensorProto
  /// What is thrown: its code is replaced.
  let place: (ONNXError.Code, [Int]) -> ONNXError
  let dims: [Int]
  let count: Int
  private let element: Element

  /// Checks type and extents. Throws `.elementType` or `.tensorSize` with the numbers.
  init(
    _ proto: Onnx_TensorProto, most: Int, _ place: @escaping (ONNXError.Code, [Int]) -> ONNXError
  ) throws {
    self.proto = proto
    self.place = place
    guard let element = Self.element(proto.dataType) else {
      throw place(.elementType, [Int(proto.dataType)])
    }
    self.element = element
    dims = proto.dims.map(Int.init)
    guard let count = ONNXLimits.elements(dims, most: most) else {
      throw place(.tensorSize, dims)
    }
    self.count = count
  }

  /// True for floating point, false for integers and truth values.
  var isReal: Bool {
    if case .real = element { return true }
    return false
  }

  /// The elements. Throws `.tensorSize` when their number is not that of the extents,
  /// `.externalData`, `.notFinite` for NaN or, when `finite`, for infinity, with the element.
  func folded(folder: String?, finite: Bool) throws -> Folded {
    guard proto.dataLocation == 0 || proto.dataLocation == 1 else {
      throw place(.externalData, [Int(proto.dataLocation)])
    }
    if proto.dataLocation == 1 {
      return try checked(numbers(of: external(folder)), finite)
    }
    if proto.hasRawData { return try checked(proto.rawData.withUnsafeBytes(numbers), finite) }
    return try checked(typed(), finite)
  }

  private func checked(_ numbers: Folded.Numbers, _ finite: Bool) throws -> Folded {
    guard numbers.count == count else { throw place(.tensorSize, dims + [numbers.count]) }
    if case .reals(let list) = numbers {
      let bad = list.firstIndex { $0.isNaN || (finite && $0.isInfinite) }
      if let bad { throw place(.notFinite, [bad]) }
    }
    return Folded(dims, numbers)
  }

  private func numbers(of bytes: [UInt8]) throws -> Folded.Numbers {
    try bytes.withUnsafeBytes(numbers)
  }

  private func numbers(_ raw: UnsafeRawBufferPointer) throws -> Folded.Numbers {
    guard raw.count == count * element.bytes else {
      throw place(.tensorSize, dims + [raw.count])
    }
    func bits(_ index: Int) -> UInt64 {
      let start = index * element.bytes
      return (0..<element.bytes).reversed().reduce(0) { $0 << 8 | UInt64(raw[start + $1]) }
    }
    switch element {
    case .real(4, _):
      return .reals(
        (0..<count).map {
          let bits = raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)
          return Float(bitPattern: UInt32(littleEndian: bits))
        })
    case .real(_, let make): return .reals((0..<count).map { make(bits($0)) })
    case .integer(_, let make):
      return .integers(
        try (0..<count).map {
          guard let value = make(bits($0)) else { throw place(.elementType, [$0]) }
          return value
        })
    }
  }

  /// The elements from the field of their type.
  private func typed() throws -> Folded.Numbers {
    switch proto.dataType {
    case 1: return .reals(proto.floatData)
    case 11: return .reals(proto.doubleData.map { Float($0) })
    case 10, 16:
      let make = proto.dataType == 10 ? HalfPrecision.ieee : HalfPrecision.brain
      return .reals(proto.int32Data.map { make(UInt16(truncatingIfNeeded: $0)) })
    case 7: return .integers(proto.int64Data.map(Int.init))
    case 2, 3, 4, 5, 6, 9: return .integers(proto.int32Data.map(Int.init))
    default: throw place(.elementType, [Int(proto.dataType)])
    }
  }

  /// The bytes from the file that the entries name.
  private func external(_ folder: String?) throws -> [UInt8] {
    let error = place(.externalData, [])
    guard let folder else { throw error }
    var entries: [String: String] = [:]
    for entry in proto.externalData {
      guard entries.updateValue(entry.value, forKey: entry.key) == nil else { throw error }
    }
    func number(_ key: String) throws -> Int? {
      guard let text = entries[key] else { return nil }
      guard let value = Int(text), value >= 0 else { throw error }
      return value
    }
    guard let name = entries["location"] else { throw error }
    return try ONNXFile.part(
      of: name, in: folder, offset: number("offset") ?? 0, length: number("length"),
      expected: count * element.bytes, error)
  }

  /// By the numbers of `TensorProto.DataType`.
  private static func element(_ type: Int32) -> Element? {
    switch type {
    case 1: .real(bytes: 4) { Float(bitPattern: UInt32($0)) }
    case 10: .real(bytes: 2) { HalfPrecision.ieee(UInt16($0)) }
    case 11: .real(bytes: 8) { Float(Double(bitPattern: $0)) }
    case 16: .real(bytes: 2) { HalfPrecision.brain(UInt16($0)) }
    case 2: .integer(bytes: 1) { Int($0) }
    case 3: .integer(bytes: 1) { Int(Int8(truncatingIfNeeded: $0)) }
    case 4: .integer(bytes: 2) { Int($0) }
    case 5: .integer(bytes: 2) { Int(Int16(truncatingIfNeeded: $0)) }
    case 6: .integer(bytes: 4) { Int(Int32(truncatingIfNeeded: $0)) }
    case 7: .integer(bytes: 8) { Int(Int64(bitPattern: $0)) }
    case 9: .integer(bytes: 1) { $0 <= 1 ? Int($0) : nil }
    case 12: .integer(bytes: 4) { Int($0) }
    case 13: .integer(bytes: 8) { Int(exactly: $0) }
    default: nil
    }
  }
}
