import CDCMTK

/// The attributes of a parsed data set. Used by one thread; it owns the DCMTK handle.
final class DataSet {
  /// One step into a sequence: the item with this index, from 0.
  struct Step {
    var sequence: Tag
    var item: Int
  }

  private let handle: OpaquePointer

  /// Parses bytes that the guard admitted.
  init(_ bytes: [UInt8], syntax: UID) throws(DICOMError) {
    var opened: OpaquePointer?
    let status = bytes.withUnsafeBufferPointer { buffer in
      cd_open(buffer.baseAddress, buffer.count, syntax.value, &opened)
    }
    guard status == CD_OK, let opened else { throw DataSet.error(status) }
    handle = opened
  }

  deinit { cd_close(handle) }

  /// The code for a status of the C shim.
  static func error(_ status: cd_status, at place: DICOMError.Place = .file) -> DICOMError {
    switch status {
    case CD_TRUNCATED: DICOMError(.truncated, at: place)
    case CD_INVALID: DICOMError(.malformed, at: place)
    case CD_ABSENT: DICOMError(.missingAttribute, at: place, valueClass: .absent)
    case CD_UNSUPPORTED: DICOMError(.unsupportedTransferSyntax, at: place)
    case CD_CORRUPT, CD_TOO_SMALL: DICOMError(.corruptPixelData, at: place)
    case CD_NO_MEMORY: DICOMError(.outOfMemory, at: place)
    case CD_NO_DICTIONARY: DICOMError(.dictionaryMissing)
    default: DICOMError(.internalFailure, at: place)
    }
  }

  private func withPath<Result>(
    _ path: [Step], _ body: (UnsafePointer<cd_step>?, Int) -> Result
  ) -> Result {
    let steps = path.map {
      cd_step(group: $0.sequence.group, element: $0.sequence.element, item: UInt32($0.item))
    }
    return steps.withUnsafeBufferPointer { body($0.baseAddress, $0.count) }
  }

  /// The value as text, trimmed of padding; nil when absent or empty. Bytes that are not UTF-8
  /// become replacement characters.
  func text(_ tag: Tag, in path: [Step] = [], asUTF8: Bool = false) -> String? {
    var buffer = [UInt8](repeating: 0, count: 128)
    while true {
      var length = 0
      let status = withPath(path) { steps, count in
        buffer.withUnsafeMutableBytes { raw in
          cd_text(
            handle, steps, count, tag.group, tag.element, asUTF8,
            raw.baseAddress?.assumingMemoryBound(to: CChar.self), raw.count, &length)
        }
      }
      if status == CD_TOO_SMALL, length < 1 << 20 {
        buffer = [UInt8](repeating: 0, count: length + 1)
        continue
      }
      guard status == CD_OK else { return nil }
      let trimmed = Self.trimmed(buffer[..<length])
      return trimmed.isEmpty ? nil : String(decoding: trimmed, as: UTF8.self)
    }
  }

  /// The values of a multi-valued text.
  func texts(_ tag: Tag, in path: [Step] = []) -> [String] {
    guard let text = text(tag, in: path) else { return [] }
    return text.split(separator: "\\", omittingEmptySubsequences: false).map {
      String(decoding: Self.trimmed(Array($0.utf8)[...]), as: UTF8.self)
    }
  }

  /// At most `limit` numbers; empty when absent or not numeric.
  func numbers(_ tag: Tag, in path: [Step] = [], limit: Int = 16) -> [Double] {
    var values = [Double](repeating: 0, count: limit)
    var count = 0
    let status = withPath(path) { steps, depth in
      cd_numbers(handle, steps, depth, tag.group, tag.element, &values, limit, &count)
    }
    guard status == CD_OK else { return [] }
    return Array(values.prefix(min(count, limit)))
  }

  func number(_ tag: Tag, in path: [Step] = []) -> Double? {
    numbers(tag, in: path, limit: 1).first.flatMap { $0.isFinite ? $0 : nil }
  }

  func integer(_ tag: Tag, in path: [Step] = []) -> Int? {
    number(tag, in: path).flatMap { Int(exactly: $0) }
  }

  func itemCount(_ sequence: Tag, in path: [Step] = []) -> Int {
    var count: UInt32 = 0
    let status = withPath(path) { steps, depth in
      cd_item_count(handle, steps, depth, sequence.group, sequence.element, &count)
    }
    return status == CD_OK ? Int(count) : 0
  }

  /// A required identifier.
  func uid(_ tag: Tag) throws(DICOMError) -> UID {
    guard let text = text(tag) else {
      throw DICOMError(.missingAttribute, at: .attribute(tag), valueClass: .absent)
    }
    return try UID(validating: text, tag: tag)
  }

  /// Decodes one encapsulated frame to `buffer`; the data set was parsed with its Pixel Data.
  func frame(_ index: Int, fragment: Int, into buffer: inout [UInt8]) throws(DICOMError)
    -> cd_frame_layout
  {
    var layout = cd_frame_layout()
    let status = buffer.withUnsafeMutableBufferPointer { target in
      cd_frame(
        handle, UInt32(index), UInt32(fragment), target.baseAddress, target.count, &layout)
    }
    guard status == CD_OK else { throw Self.error(status, at: .frame(index)) }
    return layout
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var view = bytes
    while let last = view.last, last == 0x20 || last == 0 { view.removeLast() }
    while let first = view.first, first == 0x20 { view.removeFirst() }
    return view
  }
}
