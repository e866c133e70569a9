import CDCMTK

/// Walks the elements of a data set without recursion and without looking at values, and refuses
/// what DCMTK would follow into a crash: it has no limit on nesting and trusts declared lengths.
struct StructureScan {
  /// An open sequence or item.
  private struct Level {
    enum Kind { case sequence, item }
    var kind: Kind
    /// First byte after it, or nil when a delimiter ends it.
    var end: Int?
    var encoding: Encoding
    /// A value that only looks like a sequence: broken structure in it ends the look, not the scan.
    var isGuess: Bool
  }

  private let source: ByteSource
  private let limits: Limits
  private var levels: [Level] = []
  private var encoding: Encoding
  private(set) var pixelData: Structure.PixelData?
  private(set) var end = 0

  init(_ source: ByteSource, encoding: Encoding, limits: Limits) {
    self.source = source
    self.encoding = encoding
    self.limits = limits
  }

  /// Scans from `offset` to the end of the source, or to zero bytes that fill it up.
  mutating func run(from offset: Int) throws(DICOMError) {
    var position = offset
    end = offset
    while true {
      while let limit = levels.last?.end, position >= limit { levels.removeLast() }
      if levels.isEmpty { end = position }
      if position >= source.count { break }
      if let outer = levels.last(where: { $0.end != nil })?.end, position >= outer {
        position = try resume(after: DICOMError(.malformed, at: .byteOffset(position)))
        continue
      }
      if levels.isEmpty, try isPadding(from: position) { break }
      do throws(DICOMError) {
        position = try step(at: position)
      } catch {
        position = try resume(after: error)
      }
    }
    guard levels.isEmpty else { throw DICOMError(.truncated, at: .byteOffset(source.count)) }
  }

  /// Gives up a guess that went wrong; any other error stands.
  private mutating func resume(after error: DICOMError) throws(DICOMError) -> Int {
    guard error.code != .nestingTooDeep, let first = levels.firstIndex(where: \.isGuess),
      let end = levels[first].end
    else { throw error }
    levels.removeSubrange(first...)
    return end
  }

  /// Takes the element at `offset` and returns where the next one begins.
  private mutating func step(at offset: Int) throws(DICOMError) -> Int {
    let encoding = levels.last?.encoding ?? self.encoding
    let element = try Element(at: offset, in: source, encoding)
    switch levels.last?.kind {
    case .sequence: return try stepInSequence(element)
    case .item, nil: return try stepInDataSet(element, encoding)
    }
  }

  private mutating func stepInSequence(_ element: Element) throws(DICOMError) -> Int {
    let parent = levels[levels.count - 1]
    if element.isSequenceEnd {
      if parent.end == nil { levels.removeLast() }
      return element.valueOffset
    }
    guard element.isItem else { throw malformed(element) }
    let end = element.isUndefined ? nil : element.valueOffset + element.length
    try checkInside(element, end)
    levels.append(Level(kind: .item, end: end, encoding: parent.encoding, isGuess: false))
    return element.valueOffset
  }

  private mutating func stepInDataSet(_ element: Element, _ encoding: Encoding) throws(DICOMError)
    -> Int
  {
    if element.isItemEnd, levels.last?.end == nil, !levels.isEmpty {
      levels.removeLast()
      return element.valueOffset
    }
    guard element.tag.group != 0xFFFE, element.tag.group != 0 || levels.isEmpty else {
      throw malformed(element)
    }
    if element.isPixelData || isBulk(element) { return try stepOverPixels(element, encoding) }
    let end = element.isUndefined ? nil : element.valueOffset + element.length
    try checkInside(element, end)
    if let inner = try innerEncoding(of: element, encoding) {
      try push(element, end, inner.encoding, isGuess: inner.isGuess)
      return element.valueOffset
    }
    guard let end else { throw malformed(element) }
    return end
  }

  private mutating func push(
    _ element: Element, _ end: Int?, _ encoding: Encoding, isGuess: Bool
  ) throws(DICOMError) {
    let depth = levels.count { $0.kind == .sequence } + 1
    guard depth <= limits.nesting else {
      throw DICOMError(.nestingTooDeep, at: .attribute(element.tag), valueClass: .outOfRange)
    }
    levels.append(Level(kind: .sequence, end: end, encoding: encoding, isGuess: isGuess))
  }

  /// The encoding of the items of a sequence, or nil for another value.
  private func innerEncoding(of element: Element, _ encoding: Encoding) throws(DICOMError) -> (
    encoding: Encoding, isGuess: Bool
  )? {
    switch element.representation {
    case "SQ": return (encoding, false)
    case "UN":
      // PS3.5 6.2.2: an unknown value of undefined length is a sequence in implicit encoding.
      if element.isUndefined { return (.implicitLittle, false) }
      return try beginsWithItem(element) ? (.implicitLittle, true) : nil
    case .some: return nil
    case nil:
      if element.isUndefined { return (encoding, false) }
      guard try beginsWithItem(element) else { return nil }
      return (encoding, !cd_is_sequence(element.tag.group, element.tag.element))
    }
  }

  private func beginsWithItem(_ element: Element) throws(DICOMError) -> Bool {
    guard element.length >= 8 else { return false }
    return try source.bytes(at: element.valueOffset, 4).elementsEqual([0xFE, 0xFF, 0x00, 0xE0])
  }

  /// A byte stream of undefined length other than Pixel Data is encapsulated like it.
  private func isBulk(_ element: Element) -> Bool {
    element.isUndefined && (element.representation == "OB" || element.representation == "OW")
  }

  private mutating func stepOverPixels(_ element: Element, _ encoding: Encoding)
    throws(DICOMError) -> Int
  {
    guard element.isUndefined else {
      let end = element.valueOffset + element.length
      try checkInside(element, end)
      if levels.isEmpty, element.isPixelData {
        pixelData = Structure.PixelData(
          offset: element.offset, valueOffset: element.valueOffset, length: element.length,
          representation: element.representation)
      }
      return end
    }
    var fragments: [Range<Int>] = []
    var position = element.valueOffset
    while true {
      let item = try Element(at: position, in: source, encoding)
      if item.isSequenceEnd { position = item.valueOffset; break }
      guard item.isItem, !item.isUndefined else { throw malformed(item) }
      let end = item.valueOffset + item.length
      try checkInside(item, end)
      fragments.append(item.valueOffset..<end)
      position = end
    }
    if levels.isEmpty, element.isPixelData {
      pixelData = Structure.PixelData(
        offset: element.offset, valueOffset: element.valueOffset, length: position,
        fragments: fragments)
    }
    return position
  }

  /// A value must end inside the file, and inside the item or sequence it is in.
  private func checkInside(_ element: Element, _ end: Int?) throws(DICOMError) {
    guard let end else { return }
    if let limit = levels.last(where: { $0.end != nil })?.end, end > limit {
      throw malformed(element, .tooLong)
    }
    guard end <= source.count else {
      throw DICOMError(.truncated, at: .attribute(element.tag), valueClass: .tooLong)
    }
  }

  private func malformed(_ element: Element, _ value: DICOMError.ValueClass = .malformed)
    -> DICOMError
  {
    DICOMError(.malformed, at: .byteOffset(element.offset), valueClass: value)
  }

  /// Zero bytes up to the end: some archives fill files up to a block.
  private func isPadding(from offset: Int) throws(DICOMError) -> Bool {
    guard try source.bytes(at: offset, 8).allSatisfy({ $0 == 0 }) else { return false }
    var position = offset
    while position < source.count {
      let piece = try source.bytes(at: position, 32 << 10)
      guard piece.allSatisfy({ $0 == 0 }) else { return false }
      position += piece.count
    }
    return true
  }
}
