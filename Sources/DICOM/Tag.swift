import CDCMTK

/// An attribute tag (PS3.5 7.1), shown as its keyword and number.
package struct Tag: Sendable, Hashable, CustomStringConvertible {
  package let group: UInt16
  package let element: UInt16

  package init(_ group: UInt16, _ element: UInt16) {
    self.group = group
    self.element = element
  }

  /// The keyword of PS3.6, or an empty text for private and unknown tags.
  package var keyword: String {
    var buffer = [CChar](repeating: 0, count: 128)
    cd_keyword(group, element, &buffer, buffer.count)
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The number in the notation of the standard, `(gggg,eeee)`.
  package var number: String {
    "(" + Self.hex(group) + "," + Self.hex(element) + ")"
  }

  package var description: String {
    let keyword = keyword
    return keyword.isEmpty ? number : keyword + " " + number
  }

  private static func hex(_ value: UInt16) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 4 - digits.count) + digits
  }
}
