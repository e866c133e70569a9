import CDCMTK

/// One level of attributes: a data set or a sequence item.
struct DatasetItem {
  let handle: OpaquePointer?
  /// Keeps the data set alive as long as this pointer into it.
  let owner: Dataset

  func put(_ tag: Tag, _ text: String) throws {
    var text = text
    let status = text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        cdw_put_text(handle, tag.group, tag.element, $0.baseAddress, $0.count)
      }
    }
    try Dataset.check(status, tag)
  }

  func put(_ tag: Tag, _ uid: UID) throws { try put(tag, uid.value) }

  /// IS, or any other text of a number.
  func put(_ tag: Tag, integer value: Int) throws { try put(tag, String(value)) }

  /// DS: decimal strings of at most 16 characters.
  func put(_ tag: Tag, decimals values: [Double]) throws {
    try put(tag, values.map(DecimalString.text).joined(separator: "\\"))
  }

  /// US; SS with `signed`.
  func put(_ tag: Tag, short values: [Int], signed: Bool = false) throws {
    let words = values.map { Int32(clamping: $0) }
    try Dataset.check(
      cdw_put_short(handle, tag.group, tag.element, words, words.count, signed ? 1 : 0), tag)
  }

  func put(_ tag: Tag, short value: Int, signed: Bool = false) throws {
    try put(tag, short: [value], signed: signed)
  }

  func put(_ tag: Tag, longs values: [UInt32]) throws {
    try Dataset.check(cdw_put_ulong(handle, tag.group, tag.element, values, values.count), tag)
  }

  func put(_ tag: Tag, signedLongs values: [Int32]) throws {
    try Dataset.check(cdw_put_slong(handle, tag.group, tag.element, values, values.count), tag)
  }

  func put(_ tag: Tag, floats values: [Float]) throws {
    try Dataset.check(cdw_put_float(handle, tag.group, tag.element, values, values.count), tag)
  }

  /// AT.
  func put(_ tag: Tag, pointers: [Tag]) throws {
    let pairs = pointers.flatMap { [$0.group, $0.element] }
    try Dataset.check(cdw_put_tags(handle, tag.group, tag.element, pairs, pointers.count), tag)
  }

  /// An attribute without value, or a sequence without items.
  func putEmpty(_ tag: Tag) throws {
    try Dataset.check(cdw_put_empty(handle, tag.group, tag.element), tag)
  }

  /// Appends an item to a sequence and fills it.
  func append(_ sequence: Tag, _ fill: (DatasetItem) throws -> Void) throws {
    guard let item = cdw_append_item(handle, sequence.group, sequence.element) else {
      throw DICOMError(.internalFailure, at: .attribute(sequence))
    }
    try fill(DatasetItem(handle: item, owner: owner))
  }

  /// Appends one code item (PS3.3 8.8) and lets the caller add to it.
  func append(
    _ sequence: Tag, code: CodedConcept, _ fill: (DatasetItem) throws -> Void = { _ in }
  ) throws {
    try append(sequence) { item in
      try item.put(.codeValue, code.value)
      try item.put(.codingSchemeDesignator, code.scheme)
      try item.put(.codeMeaning, code.meaning)
      try fill(item)
    }
  }

  /// A deep copy, bytes unchanged; false when the source lacks the attribute.
  @discardableResult
  func copy(_ tag: Tag, from source: DatasetItem) throws -> Bool {
    let status = cdw_copy(handle, source.handle, tag.group, tag.element)
    if status == CDW_NOT_FOUND { return false }
    try Dataset.check(status, tag)
    return true
  }

  /// The value keeps the rules of its value representation.
  func isValid(_ tag: Tag) -> Bool { cdw_is_valid(handle, tag.group, tag.element) != 0 }

  /// Copies a DS attribute; padding and over-long numbers, which sources have, are mended without
  /// changing the numbers. False when a value is no number, or absent.
  @discardableResult
  func copyDecimals(_ tag: Tag, from source: DatasetItem) throws -> Bool {
    guard let text = source.text(tag) else { return false }
    var values: [String] = []
    for part in text.split(separator: "\\", omittingEmptySubsequences: false) {
      let trimmed = String(part.filter { $0 != " " && $0 != "\0" })
      guard let number = Double(trimmed), number.isFinite else { return false }
      values.append(trimmed.utf8.count <= 16 ? trimmed : DecimalString.text(number))
    }
    try put(tag, values.joined(separator: "\\"))
    return true
  }

  func has(_ tag: Tag) -> Bool { cdw_has(handle, tag.group, tag.element) != 0 }

  func item(_ sequence: Tag, _ index: Int = 0) -> DatasetItem? {
    cdw_find_item(handle, sequence.group, sequence.element, index).map {
      DatasetItem(handle: $0, owner: owner)
    }
  }

  func count(_ sequence: Tag) -> Int { cdw_count_items(handle, sequence.group, sequence.element) }

  /// The bytes of a text attribute without padding, nil when absent or empty.
  func bytes(_ tag: Tag) -> [UInt8]? {
    let length = cdw_get_text(handle, tag.group, tag.element, nil, 0)
    guard length > 0 else { return nil }
    var buffer = [CChar](repeating: 0, count: length)
    _ = cdw_get_text(handle, tag.group, tag.element, &buffer, length)
    return buffer.map { UInt8(bitPattern: $0) }
  }

  func text(_ tag: Tag) -> String? { bytes(tag).map { String(decoding: $0, as: UTF8.self) } }

  func integer(_ tag: Tag, _ index: Int = 0) -> Int? {
    var value: Int64 = 0
    guard cdw_get_integer(handle, tag.group, tag.element, index, &value) == CDW_OK else {
      return nil
    }
    return Int(value)
  }

  func number(_ tag: Tag, _ index: Int = 0) -> Double? {
    var value = 0.0
    guard cdw_get_number(handle, tag.group, tag.element, index, &value) == CDW_OK else {
      return nil
    }
    return value
  }

  func uid(_ tag: Tag) throws -> UID {
    guard let text = text(tag) else {
      throw DICOMError(.missingAttribute, at: .attribute(tag), valueClass: .absent)
    }
    return try UID(validating: text, tag: tag)
  }
}
