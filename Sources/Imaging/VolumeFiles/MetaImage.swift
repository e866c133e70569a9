import Foundation

/// MetaImage (`.mhd` beside its raw file, or `.mha`): lines "key = value", then voxels, columns fastest; LPS,
/// as ITK and LUNA16 write them.
enum MetaImage {
  private static let headerLimit = 64 << 10

  static func read(_ path: String) throws -> VolumeFile {
    let whole = try AtomicFile.read(path, limit: VolumeFile.limit)
    let (fields, end) = fields(whole)
    guard fields["ndims"] == "3", let size = integers(fields["dimsize"]), size.count == 3 else {
      throw ImagingError(.undecodable, "MetaImage dimensions")
    }
    guard fields["elementnumberofchannels"] ?? "1" == "1" else {
      throw ImagingError(.undecodable, "MetaImage channels")
    }
    let isCompressed = isTrue(fields["compresseddata"])
    let bytes: ArraySlice<UInt8>
    let name = fields["elementdatafile"] ?? ""
    if name.uppercased() == "LOCAL" {
      guard !isCompressed else { throw ImagingError(.undecodable, "MetaImage compression") }
      bytes = whole[end...]
    } else {
      bytes = try VolumeFile.bytes(dataFile(name, of: path), isCompressed: isCompressed)
    }
    let big = isTrue(fields["elementbyteordermsb"] ?? fields["binarydatabyteordermsb"])
    let layout = VolumeFile.Layout(
      element: try element(fields["elementtype"]), isBigEndian: big, bytes: bytes)
    return try VolumeFile(grid(fields, size), layout)
  }

  /// The file of the voxels; nil where they lie behind the header. Throws as `read`.
  static func dataFile(of path: String) throws -> String? {
    let name = fields(try AtomicFile.read(path, limit: VolumeFile.limit)).fields["elementdatafile"]
    return name?.uppercased() == "LOCAL" ? nil : try dataFile(name ?? "", of: path)
  }

  /// A header names a file beside it, and no other.
  private static func dataFile(_ name: String, of path: String) throws -> String {
    guard !name.isEmpty, !name.contains("/"), !name.contains("%"), name != ".." else {
      throw ImagingError(.undecodable, "MetaImage data file")
    }
    return URL(fileURLWithPath: path).deletingLastPathComponent().path + "/" + name
  }

  private static func grid(_ fields: [String: String], _ size: [Int]) throws -> VolumeFile.Grid {
    let spacing = numbers(fields["elementspacing"] ?? fields["elementsize"]) ?? [1, 1, 1]
    let origin = numbers(fields["offset"] ?? fields["position"] ?? fields["origin"]) ?? [0, 0, 0]
    let turns =
      numbers(fields["transformmatrix"] ?? fields["orientation"] ?? fields["rotation"])
      ?? [1, 0, 0, 0, 1, 0, 0, 0, 1]
    guard spacing.count == 3, origin.count == 3, turns.count == 9 else {
      throw ImagingError(.undecodable, "MetaImage geometry")
    }
    func axis(_ index: Int) -> Vector3 {
      Vector3(turns[3 * index], turns[3 * index + 1], turns[3 * index + 2]) * spacing[index]
    }
    return VolumeFile.Grid(
      size: (size[0], size[1], size[2]), column: axis(0), row: axis(1), slice: axis(2),
      origin: Vector3(origin[0], origin[1], origin[2]))
  }

  private static func element(_ name: String?) throws -> VolumeFile.Layout.Element {
    switch name?.uppercased() {
    case "MET_CHAR": return .int8
    case "MET_UCHAR": return .uint8
    case "MET_SHORT": return .int16
    case "MET_USHORT": return .uint16
    case "MET_INT", "MET_LONG": return .int32
    case "MET_UINT", "MET_ULONG": return .uint32
    case "MET_FLOAT": return .float32
    case "MET_DOUBLE": return .float64
    default: throw ImagingError(.undecodable, "MetaImage element type")
    }
  }

  /// By lower-case key, and where the data of an `.mha` begin: the header ends with the line that names
  /// its data file.
  private static func fields(_ bytes: [UInt8]) -> (fields: [String: String], end: Int) {
    var fields: [String: String] = [:]
    var start = 0
    for index in 0..<min(bytes.count, headerLimit) where bytes[index] == UInt8(ascii: "\n") {
      let line = String(decoding: bytes[start..<index], as: UTF8.self)
      start = index + 1
      guard let split = line.firstIndex(of: "=") else { continue }
      let key = line[..<split].trimmingCharacters(in: .whitespaces).lowercased()
      fields[key] = line[line.index(after: split)...]
        .trimmingCharacters(in: .whitespacesAndNewlines)
      if key == "elementdatafile" { return (fields, start) }
    }
    if start < bytes.count, bytes.count <= headerLimit {
      // The last line without its end.
      return Self.fields(bytes + [UInt8(ascii: "\n")])
    }
    return (fields, start)
  }

  private static func numbers(_ text: String?) -> [Double]? {
    text.map { $0.split(separator: " ").compactMap { Double($0) } }
  }

  private static func integers(_ text: String?) -> [Int]? {
    text.map { $0.split(separator: " ").compactMap { Int($0) } }
  }

  private static func isTrue(_ text: String?) -> Bool { text?.lowercased() == "true" }
}
