import Foundation
import Graphs
import Tensors
import Testing

@Suite struct SafetensorsTests {
  private static let sample = Parameters([
    "b.weight": Tensor([2, 3], [1, -2, 3.5, .infinity, -0.0, 1e-40]),
    "a": Tensor([], [7]),
    "empty": Tensor([0, 4], []),
    "quote\"\u{e9}/": Tensor([1], [9]),
  ])

  /// A file with a header as given and `data` bytes of zeros behind it.
  private static func file(_ header: String, data: Int) -> [UInt8] {
    let text = Array(header.utf8)
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
      + [UInt8](repeating: 0, count: data)
  }

  private static func code(_ bytes: [UInt8]) -> GraphError.Code? {
    do {
      _ = try Safetensors.decode(bytes)
      return nil
    } catch { return (error as? GraphError)?.code }
  }

  @Test func roundTripKeepsBitsAndIsDeterministic() throws {
    let bytes = try Safetensors.encode(Self.sample, metadata: ["format": "1", "name": "x"])
    let back = try Safetensors.decode(bytes)
    #expect(back.metadata == ["format": "1", "name": "x"])
    #expect(back.parameters.names == Self.sample.names)
    for name in Self.sample.names {
      #expect(back.parameters[name]?.shape == Self.sample[name]?.shape)
      #expect(
        back.parameters[name]?.values.map(\.bitPattern)
          == Self.sample[name]?.values.map(\.bitPattern))
    }
    #expect(try Safetensors.encode(back.parameters, metadata: back.metadata) == bytes)
    #expect((bytes.count - 8 * 4) % 8 == 0)
  }

  /// Written by the reference implementation's rules: unsorted header, spaces, metadata.
  @Test func readsAFileByHand() throws {
    let header = """
      {"z":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}, "__metadata__":{"k":"v"},
       "a":{"dtype":"F32","shape":[1,2],"data_offsets":[4,12]}}
      """
    var bytes = Self.file(header, data: 0)
    for value in [Float(1.5), -2, 0.25] {
      withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += Array($0) }
    }
    let contents = try Safetensors.decode(bytes)
    #expect(contents.parameters["z"] == Tensor([1], [1.5]))
    #expect(contents.parameters["a"] == Tensor([1, 2], [-2, 0.25]))
    #expect(contents.metadata == ["k": "v"])
  }

  @Test(arguments: [
    // Beyond the data, reversed, negative, overlapping, with a gap, or not of the shape's size.
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", 8),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}", 4),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 8),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", 4),
    (
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
        + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4
    ),
    // A product of extents that overflows, or would allocate far more than the file.
    (
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]}}", 0
    ),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1000000,1000000],\"data_offsets\":[0,4]}}", 4),
    (
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[9223372036854775800,"
        + "9223372036854775807]}}", 16
    ),
  ])
  func hostileOffsetsAreRefused(_ header: String, _ data: Int) {
    #expect(Self.code(Self.file(header, data: data)) == .fileOffsets)
  }

  @Test(arguments: [
    "", "{", "[]", "null", "{\"a\":1}", "{\"a\":{\"dtype\":\"F32\"}}",
    "{\"a\":{\"k\":\"v\"}}",
    "{\"__metadata__\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,0]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,4]}}",
    String(repeating: "{\"a\":", count: 5000),
  ])
  func brokenHeadersAreRefused(_ header: String) {
    #expect(Self.code(Self.file(header, data: 4)) == .fileHeader)
  }

  @Test func otherElementTypesAreRefused() {
    for type in ["I64", "U8", "BOOL", "F8_E4M3", "f32", ""] {
      let header = "{\"a\":{\"dtype\":\"\(type)\",\"shape\":[1],\"data_offsets\":[0,8]}}"
      #expect(Self.code(Self.file(header, data: 8)) == .fileType)
    }
  }

  /// One, minus two and the least positive number of each form, and infinity.
  @Test func otherFloatsBecomeSinglePrecision() throws {
    let header = """
      {"d":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},
       "h":{"dtype":"F16","shape":[2,2],"data_offsets":[16,24]},
       "b":{"dtype":"BF16","shape":[2],"data_offsets":[24,28]}}
      """
    var bytes = Self.file(header, data: 0)
    for value in [1 / 3.0, 1e300] {
      withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += Array($0) }
    }
    for bits in [0x3c00, 0xc000, 0x0001, 0x7c00, 0x3f80, 0xc000] as [UInt16] {
      withUnsafeBytes(of: bits.littleEndian) { bytes += Array($0) }
    }
    let read = try Safetensors.decode(bytes).parameters
    #expect(read["d"] == Tensor([2], [Float(1 / 3.0), .infinity]))
    #expect(read["h"] == Tensor([2, 2], [1, -2, 0x1p-24, .infinity]))
    #expect(read["b"] == Tensor([2], [1, -2]))
  }

  /// A size that fits another element type only.
  @Test func sizesFollowTheElementType() {
    for (type, size) in [("F16", 4), ("BF16", 4), ("F64", 4), ("F32", 2)] {
      let header =
        "{\"a\":{\"dtype\":\"\(type)\",\"shape\":[1],\"data_offsets\":[0,\(size)]}}"
      #expect(Self.code(Self.file(header, data: size)) == .fileOffsets)
    }
  }

  @Test func headerLengthsOutsideTheFileAreRefused() throws {
    let good = try Safetensors.encode(Self.sample)
    for count in 0..<8 { #expect(Self.code(Array(good.prefix(count))) == .fileHeader) }
    for length in [UInt64(0), 1, UInt64(good.count), 1 << 40, .max] {
      let head = withUnsafeBytes(of: length.littleEndian) { Array($0) }
      #expect(Self.code(head + good.dropFirst(8)) == .fileHeader)
    }
    for count in 8..<good.count { #expect(Self.code(Array(good.prefix(count))) != nil) }
  }

  @Test func filesAreWrittenWholeAndReadBack() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/pleura-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/w.safetensors"
    try Safetensors.write(Self.sample, to: path)
    try Safetensors.write(Self.sample, metadata: ["n": "2"], to: path)
    #expect(try Safetensors.read(path).metadata == ["n": "2"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["w.safetensors"])
    #expect(throws: GraphError(.fileTooLarge)) { _ = try Safetensors.read(path, limit: 10) }
    #expect(throws: GraphError(.fileUnreadable)) { _ = try Safetensors.read(folder) }
    #expect(throws: GraphError(.fileUnreadable)) { _ = try Safetensors.read(path + "x") }
    #expect(throws: GraphError(.fileUnwritable)) {
      try Safetensors.write(Self.sample, to: folder + "/missing/w")
    }
  }
}
