/// The head of one element: tag, value representation and where its value lies.
struct Element {
  static let undefinedLength = 0xFFFF_FFFF

  var tag: Tag
  /// Two letters, or nil in implicit encoding and for items.
  var representation: String?
  var offset: Int
  var valueOffset: Int
  var length: Int

  var isUndefined: Bool { length == Self.undefinedLength }
  var isItem: Bool { tag == Tag(0xFFFE, 0xE000) }
  var isItemEnd: Bool { tag == Tag(0xFFFE, 0xE00D) }
  var isSequenceEnd: Bool { tag == Tag(0xFFFE, 0xE0DD) }
  var isPixelData: Bool { tag == Tag(0x7FE0, 0x0010) }

  /// Reads the head at `offset`.
  /// - Throws: `truncated` when it is cut, `malformed` for an unknown value representation.
  init(at offset: Int, in source: ByteSource, _ encoding: Encoding) throws(DICOMError) {
    let head = try source.bytes(at: offset, 12)
    guard head.count >= 8 else { throw DICOMError(.truncated, at: .byteOffset(offset)) }
    self.offset = offset
    tag = Tag(encoding.uint16(head, 0), encoding.uint16(head, 2))
    guard encoding.isExplicit, tag.group != 0xFFFE else {
      length = Int(encoding.uint32(head, 4))
      valueOffset = offset + 8
      return
    }
    let start = head.startIndex
    let vr = String(decoding: head[start + 4..<start + 6], as: UTF8.self)
    guard let isLong = Encoding.representations[vr] else {
      throw DICOMError(.malformed, at: .byteOffset(offset), valueClass: .unknown)
    }
    representation = vr
    if isLong {
      guard head.count == 12 else { throw DICOMError(.truncated, at: .byteOffset(offset)) }
      length = Int(encoding.uint32(head, 8))
      valueOffset = offset + 12
    } else {
      length = Int(encoding.uint16(head, 6))
      valueOffset = offset + 8
    }
  }
}
