import DICOM
import Imaging

/// As much of a MATLAB 5 file (MAT-File Format, MathWorks, chapter 1) as SBD's class masks need:
/// the field `Segmentation` of the structure `GTcls`, 8-bit, column-major.
package enum MATFile {
  /// The largest array that is inflated, in bytes.
  static let limit = 64 << 20

  /// Throws `TrainingError(.annotation)` for what is no such file, or big endian.
  package static func segmentation(_ bytes: [UInt8]) throws -> ClassMap {
    guard bytes.count > 128, bytes[124] == 0, bytes[125] == 1, bytes[126] == UInt8(ascii: "I"),
      bytes[127] == UInt8(ascii: "M")
    else { throw TrainingError(.annotation) }
    for element in try Element.list(bytes[128...]) {
      var found = element
      if element.type == .compressed {
        guard
          let plain = try? Inflate.bounded(element.data, limit: limit, hasHeader: true),
          let inner = try Element.list(plain[...]).first
        else { throw TrainingError(.annotation) }
        found = inner
      }
      if let matrix = try Matrix(found), matrix.name == "GTcls" { return try matrix.classMap() }
    }
    throw TrainingError(.annotation)
  }

  /// A tag with its data.
  private struct Element {
    enum Kind: UInt32 {
      case int8 = 1
      case uint8 = 2
      case int32 = 5
      case uint32 = 6
      case matrix = 14
      case compressed = 15
    }

    /// nil for types that are not looked into.
    let type: Kind?
    let data: ArraySlice<UInt8>

    static func list(_ bytes: ArraySlice<UInt8>) throws -> [Element] {
      var elements: [Element] = []
      var at = bytes.startIndex
      while bytes.endIndex - at >= 8 {
        let first = word(bytes, at)
        let short = first >> 16
        let start = short == 0 ? at + 8 : at + 4
        let count = Int(short == 0 ? word(bytes, at + 4) : short)
        let type = Kind(rawValue: short == 0 ? first : first & 0xFFFF)
        guard count <= bytes.endIndex - start, short == 0 || count <= 4 else {
          throw TrainingError(.annotation)
        }
        elements.append(Element(type: type, data: bytes[start..<start + count]))
        // Padded to eight bytes, but for compressed ones.
        let padded = type == .compressed ? count : (count + 7) / 8 * 8
        at = short == 0 ? start + min(padded, bytes.endIndex - start) : at + 8
      }
      return elements
    }

    static func word(_ bytes: ArraySlice<UInt8>, _ at: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << (8 * UInt32($1)) }
    }

    var words: [UInt32] {
      stride(from: data.startIndex, to: data.endIndex - 3, by: 4).map { Self.word(data, $0) }
    }

    var text: String { String(decoding: data.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// Flags, size, name, and what follows them.
  private struct Matrix {
    static let structure: UInt32 = 2

    let classNumber: UInt32
    let size: [UInt32]
    let name: String
    let parts: ArraySlice<Element>

    init?(_ element: Element) throws {
      guard element.type == .matrix else { return nil }
      let parts = try Element.list(element.data)
      guard parts.count >= 3, let flags = parts[0].words.first, parts[0].type == .uint32,
        parts[1].type == .int32
      else { throw TrainingError(.annotation) }
      classNumber = flags & 0xFF
      size = parts[1].words
      name = parts[2].text
      self.parts = parts[3...]
    }

    /// Of the structure: its field `Segmentation`.
    func classMap() throws -> ClassMap {
      guard classNumber == Self.structure, parts.count >= 2,
        let width = parts.first?.words.first, (1...64).contains(width)
      else { throw TrainingError(.annotation) }
      let letters = parts[parts.startIndex + 1].data
      let names = stride(from: 0, to: letters.count, by: Int(width)).map { start in
        let name = letters.dropFirst(start).prefix(Int(width)).prefix { $0 != 0 }
        return String(decoding: name, as: UTF8.self)
      }
      guard let index = names.firstIndex(of: "Segmentation"), parts.count >= 3 + index,
        let field = try Matrix(parts[parts.startIndex + 2 + index])
      else { throw TrainingError(.annotation) }
      return try field.pixels()
    }

    private func pixels() throws -> ClassMap {
      guard size.count == 2, let values = parts.first, values.type == .uint8,
        size.allSatisfy({ (1...16_384).contains($0) }),
        Int(size[0]) * Int(size[1]) == values.data.count
      else { throw TrainingError(.annotation) }
      let (height, width) = (Int(size[0]), Int(size[1]))
      var rows = [UInt8](repeating: 0, count: width * height)
      for (index, value) in values.data.enumerated() {
        rows[index % height * width + index / height] = value
      }
      return ClassMap(width: width, height: height, values: rows)
    }
  }
}
