import Foundation

/// Reads a table with a header line row by row, in memory that does not grow with the file.
///
/// RFC 4180 with what exports really hold: a byte order mark, LF, CRLF or CR at line ends, quoted
/// fields with line breaks, and semicolons or tabs where the header has no comma. SwiftCSV, which
/// the training lists use, takes the whole text as one string, and an archive of reports is too
/// large for that.
package struct CSVReader {
  /// Longest field in bytes: a quote that is never closed must not swallow the archive.
  package static let fieldLimit = 1 << 20

  package private(set) var header: [String] = []
  /// Of the row read last; the header is 1.
  package private(set) var row = 0

  private let read: () throws -> [UInt8]
  private var chunk: [UInt8] = []
  private var place = 0
  private var separator = UInt8(ascii: ",")
  private var field: [UInt8] = []

  /// Throws `unreadable`, and what `init(read:)` throws.
  package init(path: String) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue,
      let file = FileHandle(forReadingAtPath: path)
    else { throw ReportsError(.unreadable) }
    try self.init {
      do {
        return try file.read(upToCount: 1 << 18).map(Array.init) ?? []
      } catch {
        throw ReportsError(.unreadable)
      }
    }
  }

  /// From chunks of bytes, the empty one at the end. Reads the header: throws `empty`,
  /// `columnTwice`, `notUTF8`.
  package init(read: @escaping () throws -> [UInt8]) throws {
    self.read = read
    chunk = try read()
    while chunk.count < 3 {
      let more = try read()
      if more.isEmpty { break }
      chunk += more
    }
    if chunk.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
    if chunk.starts(with: [0xFF, 0xFE]) || chunk.starts(with: [0xFE, 0xFF]) {
      throw ReportsError(.notUTF8, row: 1)
    }
    separator = Self.separator(of: chunk[place...])
    guard let names = try record() else { throw ReportsError(.empty) }
    header = names.map { $0.trimmingCharacters(in: .whitespaces) }
    for (index, name) in header.enumerated() where header[..<index].contains(name) {
      throw ReportsError(.columnTwice, row: 1, column: index + 1)
    }
  }

  /// The fields of the next row, as many as the header has, or nil at the end. Throws
  /// `fieldCount`, `quoteOpen`, `quoteMisplaced`, `fieldTooLong` or `notUTF8` with row and column.
  package mutating func next() throws -> [String]? {
    while let fields = try record() {
      if fields == [""], header.count > 1 { continue }
      guard fields.count == header.count else {
        throw ReportsError(.fieldCount, row: row, column: min(fields.count, header.count))
      }
      return fields
    }
    return nil
  }

  /// The number of a column by its name, else by its name in any case.
  package func column(_ name: String) -> Int? {
    header.firstIndex(of: name)
      ?? header.firstIndex { $0.lowercased() == name.lowercased() }
  }

  private static func separator(of text: ArraySlice<UInt8>) -> UInt8 {
    var counts: [UInt8: Int] = [:]
    var isQuoted = false
    for byte in text {
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      if isQuoted { continue }
      if byte == 0x0A || byte == 0x0D { break }
      counts[byte, default: 0] += 1
    }
    if counts[UInt8(ascii: ",")] != nil { return UInt8(ascii: ",") }
    let (semicolons, tabs) = (counts[UInt8(ascii: ";")] ?? 0, counts[0x09] ?? 0)
    if semicolons == 0, tabs == 0 { return UInt8(ascii: ",") }
    return semicolons >= tabs ? UInt8(ascii: ";") : 0x09
  }
}

extension CSVReader {
  private mutating func byte() throws -> UInt8? {
    if place == chunk.count {
      if chunk.isEmpty { return nil }
      chunk = try read()
      place = 0
      if chunk.isEmpty { return nil }
    }
    place += 1
    return chunk[place - 1]
  }

  /// The fields up to the end of a line that is outside quotes; nil at the end of the file.
  private mutating func record() throws -> [String]? {
    guard var current = try byte() else { return nil }
    row += 1
    var fields: [String] = []
    field.removeAll(keepingCapacity: true)
    while true {
      if current == UInt8(ascii: "\""), field.isEmpty {
        try quoted(column: fields.count + 1)
        // Only a separator or the end of the line may follow a closing quote.
        guard let after = try byte() else { break }
        guard after == separator || after == 0x0A || after == 0x0D else {
          throw ReportsError(.quoteMisplaced, row: row, column: fields.count + 1)
        }
        current = after
      }
      if current == 0x0A || current == 0x0D {
        if current == 0x0D { try skipLineFeed() }
        break
      }
      if current == separator {
        fields.append(try text(column: fields.count + 1))
      } else {
        try append(current, column: fields.count + 1)
      }
      guard let next = try byte() else { break }
      current = next
    }
    fields.append(try text(column: fields.count + 1))
    return fields
  }

  private mutating func skipLineFeed() throws {
    if try byte() != 0x0A, place > 0 { place -= 1 }
  }

  /// What follows an opening quote, up to the closing one.
  private mutating func quoted(column: Int) throws {
    while let current = try byte() {
      if current == UInt8(ascii: "\"") {
        guard let next = try byte() else { return }
        if next != UInt8(ascii: "\"") {
          place -= 1
          return
        }
      }
      try append(current, column: column)
    }
    throw ReportsError(.quoteOpen, row: row, column: column)
  }

  private mutating func append(_ byte: UInt8, column: Int) throws {
    guard field.count < Self.fieldLimit else {
      throw ReportsError(.fieldTooLong, row: row, column: column)
    }
    field.append(byte)
  }

  private mutating func text(column: Int) throws -> String {
    guard let text = String(validating: field, as: UTF8.self) else {
      throw ReportsError(.notUTF8, row: row, column: column)
    }
    field.removeAll(keepingCapacity: true)
    return text
  }
}
