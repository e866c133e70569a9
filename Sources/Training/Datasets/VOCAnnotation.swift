/// The names of the objects in an annotation file of PASCAL VOC: the text of `annotation/object/
/// name`. A scan of elements alone: names of body parts (`object/part/name`) are none. Foundation's
/// XML parser would bring libxml2 into every build for this one list.
package enum VOCAnnotation {
  /// The largest file that is read, in bytes.
  static let limit = 1 << 20
  private static let depth = 16

  /// nil for what is no well-formed document of this kind, and for one with a document type.
  package static func objects(_ bytes: [UInt8]) -> Set<String>? {
    var names: Set<String> = []
    var open: [String] = []
    var text: [UInt8] = []
    var at = 0
    var sawRoot = false
    while at < bytes.count {
      guard bytes[at] == UInt8(ascii: "<") else {
        text.append(bytes[at])
        at += 1
        continue
      }
      guard let tag = Tag(bytes, at: at) else { return nil }
      at = tag.end
      switch tag.kind {
      case .aside: continue
      case .opening(let name):
        guard open.count < depth, !(open.isEmpty && sawRoot) else { return nil }
        if open.isEmpty {
          guard name == "annotation" else { return nil }
          sawRoot = true
        }
        open.append(name)
      case .closing(let name):
        guard open.last == name else { return nil }
        if open == ["annotation", "object", "name"] { names.insert(trimmed(text)) }
        open.removeLast()
      case .empty: guard !open.isEmpty else { return nil }
      }
      text = []
    }
    return open.isEmpty && sawRoot ? names : nil
  }

  private static func trimmed(_ text: [UInt8]) -> String {
    var kept = text.drop { $0 <= 32 }
    while let last = kept.last, last <= 32 { kept.removeLast() }
    return String(decoding: kept, as: UTF8.self)
  }

  /// What stands between `<` and `>`.
  private struct Tag {
    enum Kind {
      case opening(String)
      case closing(String)
      case empty
      /// Declaration, comment: nothing of the document.
      case aside
    }

    let kind: Kind
    let end: Int

    init?(_ bytes: [UInt8], at start: Int) {
      if bytes[start...].starts(with: Array("<!--".utf8)) {
        var at = start + 4
        while at + 3 <= bytes.count, Array(bytes[at..<at + 3]) != Array("-->".utf8) { at += 1 }
        guard at + 3 <= bytes.count else { return nil }
        (kind, end) = (.aside, at + 3)
        return
      }
      guard let close = bytes[start...].firstIndex(of: UInt8(ascii: ">")), close > start + 1
      else { return nil }
      end = close + 1
      var inside = bytes[start + 1..<close]
      switch inside.first {
      case UInt8(ascii: "?"): kind = .aside
      case UInt8(ascii: "!"): return nil
      case UInt8(ascii: "/"):
        inside = inside.dropFirst()
        kind = .closing(Self.name(inside))
      default: kind = inside.last == UInt8(ascii: "/") ? .empty : .opening(Self.name(inside))
      }
    }

    private static func name(_ inside: ArraySlice<UInt8>) -> String {
      String(decoding: inside.prefix { $0 > 32 }, as: UTF8.self)
    }
  }
}
