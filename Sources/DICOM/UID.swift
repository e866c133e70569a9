import Imaging

/// A unique identifier (PS3.5 9.1): components of digits joined by periods, at most 64 characters.
package struct UID: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
  package let value: String

  /// Checks the grammar: no empty component, no leading zero in a component but the number 0.
  ///
  /// Trailing spaces and zero bytes (padding) are dropped first.
  /// - Throws: `DICOMError` with code `invalidUID`; it does not quote the text.
  package init(validating text: String, tag: Tag? = nil) throws(DICOMError) {
    let trimmed = Self.trimmed(text)
    guard Self.isValid(trimmed) else {
      throw DICOMError(
        .invalidUID, at: tag.map { .attribute($0) } ?? .file,
        valueClass: trimmed.isEmpty ? .empty : .malformed)
    }
    value = trimmed
  }

  /// For literals of the standard that are known to be valid.
  package init(known text: StaticString) {
    value = text.description
  }

  private init(derived text: String) {
    value = text
  }

  package static func < (a: UID, b: UID) -> Bool { a.value < b.value }

  package var description: String { value }

  package init(from decoder: any Decoder) throws {
    try self.init(validating: decoder.singleValueContainer().decode(String.self))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(value)
  }

  /// The grammar of PS3.5 9.1, over bytes.
  package static func isValid(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard !bytes.isEmpty, bytes.count <= 64 else { return false }
    let components = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return components.allSatisfy { part in
      guard let first = part.first else { return false }
      if first == UInt8(ascii: "0") && part.count > 1 { return false }
      return part.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }
  }

  private static func trimmed(_ text: String) -> String {
    var view = Substring(text)
    while let last = view.unicodeScalars.last, last == " " || last == "\0" {
      view.unicodeScalars.removeLast()
    }
    return String(view)
  }
}

extension UID {
  /// The same identifier for the same parts, always: `2.25.` and a UUID (PS3.5 B.2) made of the
  /// first 128 bits of the SHA-256 of the parts, each ended by a zero byte, with the version (8,
  /// custom) and variant bits of RFC 9562 set.
  package static func derived(from parts: [String]) -> UID {
    var bytes: [UInt8] = []
    for part in parts {
      bytes += Array(part.utf8)
      bytes.append(0)
    }
    var digest = SHA256.digest(of: bytes)
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return UID(derived: "2.25." + decimal(Array(digest.prefix(16))))
  }

  /// A big-endian number as decimal digits, by repeated division.
  private static func decimal(_ bytes: [UInt8]) -> String {
    var number = bytes
    var digits: [UInt8] = []
    while number.contains(where: { $0 != 0 }) {
      var remainder = 0
      for index in number.indices {
        let value = remainder << 8 | Int(number[index])
        number[index] = UInt8(value / 10)
        remainder = value % 10
      }
      digits.append(UInt8(ascii: "0") + UInt8(remainder))
    }
    return digits.isEmpty ? "0" : String(decoding: digits.reversed(), as: UTF8.self)
  }
}
