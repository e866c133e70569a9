/// Preamble and file meta information (PS3.10 7.1), always explicit VR little endian.
struct FileMeta {
  var hasPreamble = false
  var values: [UInt16: String] = [:]
  var dataSetOffset = 0

  var transferSyntax: String? { values[0x0010] }

  /// Recognises what kind of file this is.
  /// - Throws: `emptyFile`, `notDICOM`, `truncated`.
  init(of source: ByteSource) throws(DICOMError) {
    guard source.count > 0 else { throw DICOMError(.emptyFile) }
    let head = try source.bytes(at: 0, 132)
    let magic = Array("DICM".utf8)
    if head.count == 132, head.suffix(4).elementsEqual(magic) {
      hasPreamble = true
      dataSetOffset = 132
    } else if head.prefix(4).elementsEqual(magic) {
      // The preamble was cut off, the mark left.
      dataSetOffset = 4
    } else if try Self.isMarkless(head, source) {
      // A preamble without its mark.
      dataSetOffset = 132
    } else {
      guard Encoding.detected(in: head) != nil, !Self.looksLikeText(head) else {
        throw DICOMError(.notDICOM)
      }
    }
    try readGroup(source)
  }

  private mutating func readGroup(_ source: ByteSource) throws(DICOMError) {
    while dataSetOffset < source.count {
      let head = try source.bytes(at: dataSetOffset, 2)
      guard head.elementsEqual([0x02, 0x00]) else { return }
      let element = try Element(at: dataSetOffset, in: source, .explicitLittle)
      guard element.length <= 1 << 20 else {
        throw DICOMError(.malformed, at: .attribute(element.tag), valueClass: .tooLong)
      }
      let value = try source.bytes(at: element.valueOffset, element.length)
      guard value.count == element.length else {
        throw DICOMError(.truncated, at: .attribute(element.tag), valueClass: .tooLong)
      }
      if element.representation == "UI" {
        let text = value.prefix { $0 != 0 && $0 != 0x20 }
        values[element.tag.element] = String(decoding: text, as: UTF8.self)
      }
      dataSetOffset = element.valueOffset + element.length
    }
    guard hasPreamble || dataSetOffset > 132 || dataSetOffset < source.count else {
      throw DICOMError(.truncated, at: .byteOffset(source.count))
    }
  }

  /// A zeroed preamble, something else than the mark, then file meta information.
  private static func isMarkless(_ head: ArraySlice<UInt8>, _ source: ByteSource)
    throws(DICOMError) -> Bool
  {
    guard head.count == 132, head.prefix(128).allSatisfy({ $0 == 0 }) else { return false }
    let meta = try source.bytes(at: 132, 8)
    return meta.prefix(2).elementsEqual([0x02, 0x00])
      && Encoding.detected(in: meta) == .explicitLittle
  }

  /// Printable text throughout, such as a web page saved under a wrong name.
  private static func looksLikeText(_ head: ArraySlice<UInt8>) -> Bool {
    head.allSatisfy { $0 >= 0x20 && $0 < 0x7F || $0 == 9 || $0 == 10 || $0 == 13 }
  }
}
